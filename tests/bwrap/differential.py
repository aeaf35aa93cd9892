#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""differential.py [--cases N] [--seed S] OURS [THEIRS]: random command lines, valid and not, for bubblewrap as it is
installed and for pinfold-bwrap. Compared are exit status, messages, and what a program inside finds: mounts, files with
their modes, environment, ids, capabilities, namespaces, descriptors, working directory. What may differ is the list in
pinfold-bwrap(1), and is normalized below. Prints TAP; a case that differs is printed so that it can be pasted."""
import argparse
import concurrent.futures
import os
import random
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

# Stands in the host's tree, and in the container where that is bound.
PROBE = r'''
id -u; id -g; id -G; pwd
env | LC_ALL=C sort | grep -v '^_='
grep -E '^(Cap|NoNewPrivs)' /proc/self/status
cat /proc/self/uid_map | tr -s ' ' | cut -d' ' -f2,4
for n in cgroup ipc net pid user uts mnt; do readlink /proc/self/ns/$n; done
ls /proc/self/fd | wc -l
echo '--mounts'; cat /proc/self/mountinfo
echo '--files'
for d in / /a /l /a/b /a/b/c /d /w /new /dev; do
        [ -e $d ] || [ -L $d ] || continue
        find $d -maxdepth 1 -path /proc -prune -o -path '/proc*' -prune -o -printf '%p %y %m %l\n' 2>&1 | LC_ALL=C sort
done
for f in /a/f /d/f /new/f /w/f; do [ -f $f ] && cat $f; done
umask; hostname; [ -t 0 ]; exec 2>&1; touch /a/x /d/x /w/x
exit STATUS
'''

PLACES = ['/a', '/a/b', '/a/b/c', '/d', '/d/f', '/w', '/new', '/new/f', '/a/f', '/w/f', '/w/sub/new', '/tmp', '/usr/nothing', 'a', '/a//b',
          '/d/./e', '/link', '/link/x', '/etc', '/']


CAREFUL = ['/a', '/a/b', '/a/b/c', '/d', '/w', '/w/sub/new', '/new', '/tmp', '/link']


class Case:
    def __init__(self, seed, tree):
        self.random = random.Random(seed)
        self.tree = tree
        self.files = []  # content of descriptors, from 10 on
        self.careful = self.chance(.6)  # nothing that is bound to fail
        self.words = self.make()

    def one(self, *of):
        return self.random.choice(of)

    def chance(self, probability):
        return self.random.random() < probability

    def fd(self, content):
        self.files.append(content)
        return str(9 + len(self.files))

    def source(self, optional):
        t = self.tree
        if self.careful and not optional:
            return self.one(t + '/src', t + '/src', t + '/src/sub', t + '/link', '/usr/share', t + '/src/../src', 'src')
        return self.one(t + '/src', t + '/src', t + '/file', t + '/src/sub', t + '/link', t + '/dangling', '/usr/share', '/etc/passwd',
                        '/dev/null', t + '/missing', t + '/src/../file', 'src')

    def operation(self):
        place = self.one(*(CAREFUL if self.careful else PLACES))
        perms = ['--perms', self.one('0700', '0750', '755', '1777', '0', '0644', '0600')] if self.chance(.3) else []
        kind = self.random.randrange(12 if self.careful else 16)
        if kind < 5:
            kind = self.one('--bind', '--ro-bind', '--dev-bind', '--bind-try', '--ro-bind-try', '--dev-bind-try')
            return [kind, self.source(kind.endswith('try')), place]
        if kind == 5:
            size = ['--size', self.one('65536', '0x100000', '1048576')] if self.chance(.3) else []
            return perms + size + ['--tmpfs', place]
        if kind == 6:
            return ['--proc', self.one('/proc', '/proc', place)]
        if kind == 7:
            return ['--dev', self.one('/dev', '/dev', place)]
        if kind == 8:
            return perms + ['--dir', place]
        if kind == 9:
            return perms + ['--file', self.fd('content of a file\n'), place.rstrip('/') or '/']
        if kind == 10:
            return perms + [self.one('--bind-data', '--ro-bind-data'), self.fd('data\n'), place]
        if kind == 11:
            # Not where something else goes: a link there leads the original astray.
            return ['--symlink', self.one('usr/bin', '/a', 'nowhere', '../x'), self.one('/l', '/l/', '/usr/l') + '%d' % self.random.randrange(1 << 30)]
        if kind == 12:
            return ['--remount-ro', self.one(place, '/a', '/')]
        if kind == 13:
            return ['--chmod', self.one('0700', '0555', '1777', '8', '70000'), place]
        if kind == 14:
            return ['--mqueue', place]
        return ['--bind', self.tree + '/w', '/w']

    def setting(self):
        if self.careful:
            return self.one(['--setenv', 'A', self.one('', 'b c')], ['--unsetenv', 'LANG'], ['--chdir', '/usr/bin'], ['--uid', '7'], ['--gid', '0'],
                            ['--unshare-uts', '--hostname', 'box'], ['--unshare-all'], ['--unshare-net'], ['--unshare-ipc'],
                            ['--unshare-cgroup'], ['--new-session'], ['--unshare-pid', '--as-pid-1'], ['--lock-file', '/usr/lib/os-release'],
                            ['--sync-fd', self.fd('')], ['--die-with-parent'], ['--cap-add', 'CAP_NET_RAW'], ['--share-net'])
        return self.one(
            ['--setenv', self.one('A', 'HOME', 'PWD', 'PATH', 'B'), self.one('', 'value', '/usr', '/usr/bin:/bin')],
            ['--unsetenv', self.one('A', 'HOME', 'PATH', 'LANG')], ['--clearenv'],
            ['--chdir', self.one('/', '/usr', '/a', '/missing', 'usr', '/etc/passwd')],
            ['--hostname', 'box'], ['--uid', self.one('0', '5', '1234', '-1', 'x')], ['--gid', self.one('0', '7', '')],
            ['--unshare-net'], ['--unshare-ipc'], ['--unshare-uts'], ['--unshare-user'], ['--unshare-cgroup-try'], ['--unshare-all'],
            ['--share-net'], ['--unshare-user-try'], ['--as-pid-1'], ['--lock-file', '/usr/lib/os-release'],
            ['--sync-fd', self.one('77', self.fd(''))], ['--new-session'], ['--die-with-parent'],
            ['--cap-add', self.one('CAP_NET_RAW', 'all', 'cap_sys_admin', 'NET_RAW', 'CAP_NONE')],
            ['--cap-drop', self.one('ALL', 'CAP_CHOWN')])

    def mistake(self, words):
        at = self.random.randrange(1, len(words) + 1)
        kind = self.random.randrange(6)
        if kind == 0 and at < len(words):
            return words[:at] + words[at + 1:]
        if kind == 1:
            return words[:at] + [self.one('--nothing', '-x', '--bind=/usr', '-', '', '--')] + words[at:]
        if kind == 2:
            return words + [self.one('--perms', '--size', '--bind', '--setenv', '--uid', '--file', '--chdir', '--seccomp', '--args')]
        if kind == 3:
            return words + self.one(['--perms', '0700'], ['--size', '5'], ['--perms', '9'], ['--size', '0'], ['--perms', '7', '--perms', '7'],
                                    ['--as-pid-1', '--lock-file', '/x'], ['--disable-userns'], ['--userns-block-fd', '9'],
                                    ['--size', '1', '--dir', '/x'], ['--perms', '0700', '--bind', '/usr', '/a'], ['--seccomp', '99'],
                                    ['--add-seccomp-fd', '99', '--seccomp', '1'], ['--file', 'x', '/a'], ['--file', '99', '/a'])
        if kind == 4:
            return words + ['--args', self.fd('\0'.join(self.one(['--dir', '/a'], ['--perms', '0700'], ['--args', '10'], ['x', '--dir', '/a'],
                                                                 ['--setenv', 'A', 'B', ''])) + self.one('', '\0'))]
        return words[:1] + self.random.sample(words[1:], len(words) - 1)

    def make(self):
        words = self.one(['--unshare-pid'], ['--unshare-pid'], [])
        if self.chance(.4) and not self.careful:
            words += [self.one('--ro-bind', '--bind', '--dev-bind'), '/', '/']
        else:
            words += ['--ro-bind', '/usr', '/usr', '--symlink', 'usr/bin', '/bin', '--symlink', 'usr/lib', '/lib', '--symlink', 'usr/lib64', '/lib64']
        if self.chance(.8):
            words += ['--proc', '/proc']
        chunks = [self.operation() for _ in range(self.random.randrange(6))] + [self.setting() for _ in range(self.random.randrange(5))]
        self.random.shuffle(chunks)
        for chunk in chunks:
            words += chunk
        if self.chance(.3) and not self.careful:
            words = self.mistake(words)
        status = str(self.one(0, 0, 0, 3, 255))
        words += self.one(['--'], []) + self.one(['sh', '-c', PROBE.replace('STATUS', status)], ['sh', '-c', PROBE.replace('STATUS', status)],
                                                 ['sh', '-c', PROBE.replace('STATUS', status)], ['/usr/bin/true'], ['missing'], ['/etc/passwd'],
                                                 ['sh', '-c', 'kill -KILL $$'], [])
        return words

    def line(self, program):
        files = ' '.join('%d<<<%s' % (10 + i, shlex.quote(c.replace('\0', '\\0'))) for i, c in enumerate(self.files))
        return shlex.join([program] + self.words) + ' ' + files


def remove(tree):
    """Also what a case made unreadable."""
    for directory, names, _ in os.walk(tree):
        for name in names:
            if not os.path.islink(directory + '/' + name):
                os.chmod(directory + '/' + name, 0o700)
    shutil.rmtree(tree, ignore_errors=True)


def fresh(tree):
    """The writable part of the host's tree, as it was."""
    remove(tree + '/w')
    os.makedirs(tree + '/w')
    remove(tree + '/src')
    os.makedirs(tree + '/src/sub')
    with open(tree + '/src/f', 'w') as f:
        f.write('f\n')


def run(program, case, tree):
    fresh(tree)
    fds = []
    for content in case.files:
        fd = os.memfd_create('case', 0)
        os.write(fd, content.encode())
        os.lseek(fd, 0, os.SEEK_SET)
        fds.append(fd)
    numbers = list(range(10, 10 + len(fds)))

    def arrange():
        high = [os.dup2(fd, 500 + i) for i, fd in enumerate(fds)]
        for number, fd in zip(numbers, high):
            os.dup2(fd, number, inheritable=True)
        os.closerange(10 + len(fds), 600)
        os.closerange(3, 10)

    try:
        done = subprocess.run([program] + case.words, stdin=subprocess.DEVNULL, capture_output=True, timeout=60, cwd=tree,
                              preexec_fn=arrange, close_fds=False,
                              env={'PATH': '/usr/bin:/bin', 'HOME': '/usr/share', 'LANG': 'C', 'LC_ALL': 'C', 'A': 'a'})
        return done.returncode, done.stdout.decode(errors='replace'), done.stderr.decode(errors='replace')
    finally:
        for fd in fds:
            os.close(fd)


def mount(line):
    """Mount point, file system, and what matters of the flags. Devices of --dev are more read-only here."""
    fields = line.split()
    flags = set(fields[5].split(',')) & {'ro', 'nosuid', 'nodev', 'noexec'}
    kind = fields[fields.index('-') + 1]
    root = fields[3] if kind not in ('tmpfs', 'proc', 'devpts', 'mqueue') else ''
    if re.search('/(null|zero|full|random|urandom|tty)$', fields[4]):
        flags -= {'ro', 'noexec', 'nosuid', 'nodev'}
    if kind == 'mqueue':
        flags -= {'nosuid', 'nodev', 'noexec'}
    return '%s %s %s %s' % (fields[4], kind, root, ','.join(sorted(flags)))


def arrange(lines):
    """The kernel lists mounts in the order of their creation; here sources are opened before anything is mounted."""
    if '--files' in lines:
        first, last = lines.index('--mounts') + 1, lines.index('--files')
        lines[first:last] = sorted(lines[first:last])


def normal(out):
    lines = []
    for line in out.splitlines():
        found = re.fullmatch(r'(cgroup|ipc|net|pid|user|uts|mnt):\[(\d+)\]', line)
        if re.match(r"/\S*/(\d+ d 555|(thread-)?self l 777)|find: '/\S*/\d+'", line):
            continue  # processes of the host, in its proc
        if found:
            own = os.readlink('/proc/self/ns/' + found[1])
            lines.append(found[1] + (' of the host' if own == line else ' of its own'))
        elif re.match(r'\d+ \d+ \d+:\d+ ', line):
            lines.append(mount(line))
        else:
            lines.append(line)
    # The middle user namespace of the original: to its outside a map says 0.
    lines = [re.sub(r'^(\d+) 1$', 'id \\1', line) for line in lines]
    arrange(lines)
    return lines


def words_of_error(err):
    # The usage of a later version has more lines.
    err = re.sub(r'usage: .*?\n\n.*', 'usage\n', err, flags=re.S)
    # Which directory on the way was none is not told apart.
    err = err.replace("Can't mkdir parents for ", "Can't mkdir ")
    err = re.sub("(Can't make symlink at [^:]*): .*", '\\1', err)
    return err


def same_but(line, ours, theirs):
    """What stands in ours for this line of theirs, where that is as it should be: a mount below a bind that has more of nosuid, nodev
    and ro here, because the original passes some over; or a mount point that had to be made in a directory of the host, here the
    one with "sub" in it, where nobody else is let in."""
    fields = line.split(' ')
    if fields[1:3] == ['d', '755'] and any(other.startswith(os.path.dirname(fields[0]) + '/sub d ') for other in theirs):
        return ' '.join([fields[0], 'd', '700'] + fields[3:])
    if len(fields) != 4 or not line.startswith('/'):
        return None
    allowed = {'nosuid', 'nodev', 'ro'} | ({'noexec'} if fields[1] == 'proc' else set())
    for other in ours:
        flags = other.split(' ')[3:]
        if other.split(' ')[:3] == fields[:3] and flags and set(flags[0].split(',')) - set(fields[3].split(',')) <= allowed:
            return other
    return None


def stricter(ours, theirs):
    spare = list(ours)
    for line in theirs:
        if line in spare:
            spare.remove(line)
    for i, line in enumerate(theirs):
        if theirs[:i + 1].count(line) > ours.count(line):
            other = same_but(line, spare, theirs)
            if other in spare:
                spare.remove(other)
                theirs[i] = other
    arrange(theirs)


def compare(ours, theirs):
    differences = []
    if ours[0] != theirs[0]:
        differences.append('status %d, theirs %d' % (ours[0], theirs[0]))
    a, b = normal(ours[1]), normal(theirs[1])
    stricter(a, b)
    differences += ['ours   ' + line for line in a if line not in b] + ['theirs ' + line for line in b if line not in a]
    if not differences and a != b:
        differences += ['another order'] + ['ours   ' + line for line in a] + ['theirs ' + line for line in b]
    a, b = words_of_error(ours[2]), words_of_error(theirs[2])
    # There the command may run already when the lock cannot be had, and say something as well.
    if 'Unable to open lock file' in a and 'Unable to open lock file' in b and ours[0] == theirs[0] == 1:
        return []
    # The same file system once more on the same place.
    if re.search("Can't mount mqueue on .*: Device or resource busy", b):
        return []
    # A mount on a file of --bind-data is one too many for the original.
    if re.search('Unable to mount source on destination: No such file or directory|\\(deleted\\)" in mount table', b):
        return []
    # Descriptors are read before anything is set up: where there are two errors, it may be the other one that is told.
    early = re.match("bwrap: Can't (read seccomp data|write data to file)", a) and ours[0] == theirs[0] == 1
    if a != b and not early:
        differences.append('ours   says ' + a.strip())
        differences.append('theirs says ' + b.strip())
    return differences


def work(arguments):
    seed, ours, theirs, parent = arguments
    tree = '%s/%d' % (parent, os.getpid())
    if not os.path.isdir(tree):
        os.makedirs(tree)
        with open(tree + '/file', 'w') as f:
            f.write('file\n')
        os.symlink('src', tree + '/link')
        os.symlink('nowhere', tree + '/dangling')
    fresh(tree)
    case = Case(seed, tree)
    a = run(ours, case, tree)
    b = run(theirs, case, tree)
    return seed, compare(a, b), case.line('bwrap'), a[0]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--cases', type=int, default=2000)
    parser.add_argument('--seed', type=int, default=random.SystemRandom().randrange(1 << 30))
    parser.add_argument('ours')
    parser.add_argument('theirs', nargs='?', default='/usr/bin/bwrap')
    options = parser.parse_args()
    parent = tempfile.mkdtemp(prefix='bwrap-differential.')
    print('# seed %d, %d cases' % (options.seed, options.cases))
    failed = succeeded = 0
    try:
        jobs = [(options.seed + i, options.ours, options.theirs, parent) for i in range(options.cases)]
        with concurrent.futures.ProcessPoolExecutor(2) as pool:
            for seed, differences, line, status in pool.map(work, jobs, chunksize=8):
                succeeded += status in (0, 3, 255)
                if not differences:
                    continue
                failed += 1
                print('# --seed %d --cases 1: %s' % (seed, line.replace('\n', '\n# ')))
                for difference in differences:
                    print('#   ' + difference.replace('\n', '\n#   '))
    finally:
        remove(parent)
    print('# %d of %d differ, in %d the program ran to its end' % (failed, options.cases, succeeded))
    print('1..1\n%s 1 - the same as bubblewrap' % ('not ok' if failed or succeeded < options.cases // 10 else 'ok'))
    sys.exit(1 if failed else 0)


main()

/* SPDX-License-Identifier: MIT */
/*
 * Real programs work at once under the everyday defaults of run. Each test looks at what its program has done, where
 * that is possible from outside. Programs on a terminal are in terminal.c.
 */
#define _GNU_SOURCE

#include "cli/job.h"
#include "test.h"

/* ---- Builds ---------------------------------------------------------------------------------------------------- */

/* Source of a program whose status is 7. */
#define SOURCE "printf 'int main(void) { return 7; }\\n' >m.c; "

TEST(make_and_gcc)
{
        check(HERE SOURCE "printf 'm: m.c\\n\\tcc -o m m.c\\n' >Makefile; \"$PINFOLD\" run -w . make -s; ./m", 7, "");
        check(AGAIN "exec \"$PINFOLD\" run ./m", 7, "");
}

TEST(cmake)
{
        check(HERE SOURCE
              "printf 'cmake_minimum_required(VERSION 3.18)\\nproject(p C)\\nadd_executable(m m.c)\\n' >CMakeLists.txt;"
              "\"$PINFOLD\" run -w . sh -c '(cmake -G Ninja -B ninja && cmake --build ninja && cmake -B make &&"
              " cmake --build make -j 2) >log 2>&1 || cat log'; make/m; echo $?; ninja/m", 7, "7\n");
}

TEST(meson_and_ninja)
{
        check(HERE SOURCE "printf \"project('p', 'c')\\nexecutable('m', 'm.c')\\n\" >meson.build;"
              "\"$PINFOLD\" run -w . sh -c '(meson setup b && ninja -C b) >log 2>&1 || cat log'; b/m", 7, "");
}

TEST(install_sets_owners)
{
        check(HERE "echo >f; \"$PINFOLD\" run -w . sh -c 'install -m 755 -o $(id -u) -g $(id -g) f g'; stat -c %a g", 0,
              "755\n");
}

/* ---- Languages ------------------------------------------------------------------------------------------------- */

TEST(python_processes)
{
        check(PINFOLD "python3 -c 'import multiprocessing as m\n"
              "from multiprocessing.shared_memory import SharedMemory\n"
              "def f(x): return x * x\n"
              "def g(name): s = SharedMemory(name); s.buf[0] = 42\n"
              "if __name__ == \"__main__\":\n"
              " print(m.Pool(2).map(f, [1, 2, 3]))\n"
              " s = SharedMemory(create=True, size=1)\n"
              " p = m.Process(target=g, args=[s.name]); p.start(); p.join()\n"
              " print(s.buf[0]); s.unlink()'", 0, "[1, 4, 9]\n42\n");
}

TEST(python_venv)
{
        check(HERE "\"$PINFOLD\" run -w . sh -c 'python3 -m venv v && . v/bin/activate && pip --version' >said;"
              "cut -d' ' -f1 said; v/bin/python -c 'import sys; print(sys.prefix.endswith(\"/proj/v\"), sys.base_prefix)'", 0,
              "pip\nTrue /usr\n");
}

TEST(node)
{
        check(HERE "exec \"$PINFOLD\" run -w . node -e '"
              "const { Worker } = require(\"worker_threads\"), http = require(\"http\"), fs = require(\"fs\");"
              "fs.writeFileSync(\"made\", require(\"child_process\").execFileSync(\"sh\", [\"-c\", \"echo child\"]));"
              "const server = http.createServer((request, answer) => answer.end(\"page\"));"
              "const work = (data) => new Worker(\"console.log(process.argv[2])\", { eval: true, argv: [data.toString()] });"
              "server.listen(0, \"127.0.0.1\", () =>"
              " http.get({ host: \"127.0.0.1\", port: server.address().port, agent: false }, (answer) =>"
              "  answer.on(\"data\", work).on(\"end\", () => server.close())))'", 0, "page\n");
        check("cat $DIR/proj/made", 0, "child\n");
}

TEST(perl)
{
        check(HERE "echo one two >f; \"$PINFOLD\" run -w . perl -MPOSIX -i -lane 'print $F[1], getppid() > 0' f; cat f", 0,
              "two1\n");
}

TEST(cargo)
{
        check(HERE "\"$PINFOLD\" run -w . sh -c '(cargo init --vcs none --name p && cargo build) >log 2>&1 || cat log';"
              "target/debug/p", 0, "Hello, world!\n");
}

/* As rustup, pyenv, nvm and the like install: a link or a small program on the way to one of several versions. */
#define TOOLCHAINS                                                                                                     \
        "for d in .cargo/bin .rustup/toolchains/t/bin .pyenv/shims .pyenv/versions/3/bin .nvm/versions/node/v1/bin"    \
        " .local/bin go/bin; do mkdir -p $HOME/$d; printf '#!/bin/sh\\necho %s \"$0\"\\n' $d >$HOME/$d/tool;"          \
        " chmod 755 $HOME/$d/tool; done; ln -sf ../versions/3/bin/tool $HOME/.pyenv/shims/tool;"                       \
        "printf '#!/bin/sh\\nexec ~/.rustup/toolchains/t/bin/tool\\n' >$HOME/.cargo/bin/tool; "

TEST(toolchains_at_home)
{
        check(HERE TOOLCHAINS "for d in .cargo/bin .pyenv/shims .nvm/versions/node/v1/bin .local/bin go/bin; do"
              " PATH=$HOME/$d:$PATH \"$PINFOLD\" run tool | sed 's, /.*/home/, ,'; done", 0,
              ".rustup/toolchains/t/bin .rustup/toolchains/t/bin/tool\n"
              ".pyenv/versions/3/bin .pyenv/shims/tool\n"
              ".nvm/versions/node/v1/bin .nvm/versions/node/v1/bin/tool\n"
              ".local/bin .local/bin/tool\n"
              "go/bin go/bin/tool\n");
        /* What they keep beside their programs, a cache say, is scratch. */
        check(HERE TOOLCHAINS "exec \"$PINFOLD\" run sh -c 'cd; for d in .*/bin */bin .rustup .pyenv .nvm; do"
              " touch $d/x 2>/dev/null && echo $d; done; mkdir .cargo/registry && touch .local/x && echo scratch'", 0,
              "scratch\n");
        check("ls -d $DIR/home/.cargo/registry $DIR/home/.local/x 2>/dev/null; true", 0, "");
}

/* ---- git ------------------------------------------------------------------------------------------------------- */

TEST(git)
{
        check(HERE "git init -q . && git config user.name One && git config user.email one@example.org; echo a >a; echo b >b;"
              "\"$PINFOLD\" run -w . sh -c 'git status --short; git add a; git commit -qm first; git log --format=%s;"
              " git status --short'; git log --format=%s; git show --format= --name-only", 0,
              "?? a\n?? b\nfirst\n?? b\nfirst\na\n");
}

/* ---- Debugging ------------------------------------------------------------------------------------------------- */

TEST(gdb)
{
        check(HERE "printf 'int twice(int n)\\n{\\n return 2 * n;\\n}\\nint main(void) { return twice(21); }\\n' >m.c;"
              "gcc -g -o m m.c; \"$PINFOLD\" run gdb -q -batch -ex 'break twice' -ex run -ex 'print n' -ex finish -ex continue"
              " ./m 2>&1 | grep -Eo '^Breakpoint 1, twice \\(n=21\\)|^[$]1 = 21|^Value returned is [$]2 = 42|exited with code 052'", 0,
              "Breakpoint 1, twice (n=21)\n$1 = 21\nValue returned is $2 = 42\nexited with code 052\n");
}

TEST(strace)
{
        check(HERE "\"$PINFOLD\" run -w . strace -f -e trace=execve,getppid -o log sh -c '(env true); exit 3'; echo $?;"
              "grep -o '^[0-9]* *execve(\"[^\"]*\", \\[\"true\"\\]' log | cut -d'\"' -f 2", 0, "3\n/usr/bin/true\n");
}

/* ---- Looking at the system -------------------------------------------------------------------------------------- */

/* The page is ours: small images of distributions have none. */
TEST(man)
{
        check(HERE "mkdir -p man/man1;"
              "printf '.TH HELLO 1\\n.SH NAME\\nhello \\\\- say \\\\fBit\\\\fR loud\\n' >man/man1/hello.1;"
              "\"$PINFOLD\" run man -M man hello | grep -x ' *hello - say it loud' | tr -d ' '", 0, "hello-sayitloud\n");
}

TEST(dpkg)
{
        check(PINFOLD "sh -c 'dpkg -l bash | grep -c ^ii; dpkg -S /usr/bin/env'", 0, "1\ncoreutils: /usr/bin/env\n");
}

TEST(lscpu)
{
        check(HERE "lscpu -p=CPU,CORE,SOCKET >outside; \"$PINFOLD\" run lscpu -p=CPU,CORE,SOCKET | cmp - outside &&"
              " tail -n 1 outside | grep -c '^[0-9]'", 0, "1\n");
}

TEST(bash_script)
{
        check(PINFOLD "bash -c 'read -r x < <(echo sub); sleep 0 & wait $!; echo $x $? ${BASH_VERSION:+bash}'", 0,
              "sub 0 bash\n");
}

/* ---- The network ------------------------------------------------------------------------------------------------ */

/* A server on the host's loopback device whose certificate is its own authority; $port is the kernel's choice. */
#define TLS_SERVER                                                                                                     \
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout $DIR/key.pem -out ca.pem"   \
        " -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost 2>/dev/null; echo hello >page; mkfifo said;" \
        "openssl s_server -accept 127.0.0.1:0 -cert ca.pem -key $DIR/key.pem -WWW >said 2>&1 & server=$!; exec 3<said;" \
        "while read -r word address <&3 && test \"$word\" != ACCEPT; do :; done; port=${address##*:};"                 \
        "unset SSL_CERT_DIR SSL_CERT_FILE; "
#define GET "curl -s https://localhost:$port/page; echo $?; "

TEST(curl_with_tls)
{
        check(HERE TLS_SERVER
              "\"$PINFOLD\" run -n host --host-abstract curl -s --cacert ca.pem https://localhost:$port/page; echo $?;"
              "SSL_CERT_FILE=$PWD/ca.pem \"$PINFOLD\" run -n host --host-abstract " GET
              /* The controls: it does verify, and there is no way to the host's loopback device otherwise. */
              "\"$PINFOLD\" run -n host --host-abstract " GET "\"$PINFOLD\" run " GET "kill $server", 0, "hello\n0\nhello\n0\n60\n7\n");
}

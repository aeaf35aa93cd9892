/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

#include "cli/signals.h"

#include <errno.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "cli/clock.h"
#include "cli/message.h"

/* A second INT or TERM within this time (milliseconds) means "end it". */
#define INSIST_WITHIN 2000

/* timeout(1) sends its signal to the process, and at once to the group: nobody insists so soon (milliseconds). */
#define SAME_WITHIN 20

/* When the container has not taken earlier signals yet (milliseconds). */
#define RETRY_AFTER 10

static const int handled[] = {
        SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGWINCH, SIGTSTP, SIGCONT,
};

#define HANDLED_COUNT (sizeof(handled) / sizeof(handled[0]))

static bool is_ignored(int number)
{
        struct sigaction action;

        return sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

int signals_open(struct signals *signals, struct terminal *terminal)
{
        sigset_t set;

        *signals = (struct signals){.fd = -1, .terminal = terminal};
        sigemptyset(&signals->kept);
        sigemptyset(&set);
        /* A blocked signal is queued even when it is ignored, so those must stay out of the set. */
        for (size_t i = 0; i < HANDLED_COUNT; i++)
                if (!is_ignored(handled[i]))
                        sigaddset(&set, handled[i]);
        if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
                return -errno;
        signals->fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
        return signals->fd < 0 ? -errno : 0;
}

/* Like the kernel, keeps at most one of each number while they cannot be delivered. */
static void forward(struct signals *signals, struct pinfold *box, int number)
{
        int r = pinfold_signal(box, number);

        if (r == -EAGAIN)
                sigaddset(&signals->kept, number);
        else if (r < 0 && r != -ESRCH)
                complain("signal %d could not be forwarded: %s", number, strerror(-r));
}

static void forward_kept(struct signals *signals, struct pinfold *box)
{
        const sigset_t kept = signals->kept;

        sigemptyset(&signals->kept);
        for (size_t i = 0; i < HANDLED_COUNT; i++)
                if (sigismember(&kept, handled[i]))
                        forward(signals, box, handled[i]);
}

int signals_timeout(const struct signals *signals)
{
        return signals->running && !sigisemptyset(&signals->kept) ? RETRY_AFTER : -1;
}

static void end(struct signals *signals, struct pinfold *box, int number)
{
        /* Twice: it did not help, as with --forward-cancel and a program that goes on, or a hanging setup. */
        if (signals->cancelled_by != 0) {
                signals->kill = true;
                return;
        }
        if (!signals->running && pinfold_pidfd(box) < 0) {
                /* There is none yet: its server has not answered. */
                signals->cancelled_by = number;
                signals->kill = true;
                return;
        }
        /* -ESRCH: the container has just ended by itself, its own status is the true one; its output is not waited for. */
        if (pinfold_cancel(box) >= 0)
                signals->cancelled_by = number;
        else
                signals->kill = true;
}

static void interrupt(struct signals *signals, struct pinfold *box, int number)
{
        int64_t time = clock_msec();
        bool again = signals->interrupted != 0 && time - signals->interrupted <= INSIST_WITHIN;

        if (again && time - signals->interrupted <= SAME_WITHIN && number == signals->interrupted_by)
                return;
        signals->interrupted = time;
        signals->interrupted_by = number;
        if (again || signals->cancelled_by != 0)
                end(signals, box, number);
        else
                forward(signals, box, number);
}

/*
 * The program has a session of its own, so the terminal's job control does not reach it; pinfold stands in for it.
 */
static void stop(struct signals *signals, struct pinfold *box, bool by_terminal)
{
        sigset_t tstp;

        forward(signals, box, SIGTSTP);
        terminal_suspend();
        if (!by_terminal) {
                raise(SIGSTOP);
        } else {
                /*
                 * The kernel discards a terminal's stop where no shell could continue the process (an orphaned process
                 * group), and it alone knows. So it gets the signal again, unblocked.
                 */
                raise(SIGTSTP);
                sigemptyset(&tstp);
                sigaddset(&tstp, SIGTSTP);
                sigprocmask(SIG_UNBLOCK, &tstp, NULL);
                sigprocmask(SIG_BLOCK, &tstp, NULL);
        }
        terminal_resume(signals->terminal);
        forward(signals, box, SIGCONT);
}

static bool ends(int number)
{
        return number == SIGINT || number == SIGTERM || number == SIGHUP || number == SIGQUIT;
}

static void handle_setup(struct signals *signals, struct pinfold *box, int number)
{
        if (ends(number))
                end(signals, box, number);
        else
                sigaddset(&signals->kept, number);
}

static void handle_running(struct signals *signals, struct pinfold *box, int number, bool by_terminal)
{
        if (signals->over && ends(number))
                signals->kill = true;
        else if (number == SIGINT || number == SIGTERM)
                interrupt(signals, box, number);
        else if (number == SIGTSTP)
                stop(signals, box, by_terminal);
        else if (number == SIGWINCH && signals->terminal->master >= 0)
                terminal_resize(signals->terminal);
        else
                forward(signals, box, number);
        if (number == SIGCONT) /* a shell may have changed it meanwhile */
                terminal_resume(signals->terminal);
}

void signals_handle(struct signals *signals, struct pinfold *box)
{
        struct signalfd_siginfo info;

        if (signals->running)
                forward_kept(signals, box);
        while (read(signals->fd, &info, sizeof(info)) == sizeof(info)) {
                int number = (int)info.ssi_signo;

                if (signals->running)
                        handle_running(signals, box, number, info.ssi_code == SI_KERNEL);
                else
                        handle_setup(signals, box, number);
        }
}

void signals_program_runs(struct signals *signals, struct pinfold *box)
{
        const sigset_t kept = signals->kept;

        signals->running = true;
        sigemptyset(&signals->kept);
        for (size_t i = 0; i < HANDLED_COUNT; i++)
                if (sigismember(&kept, handled[i]))
                        handle_running(signals, box, handled[i], false);
}

/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

#include "syscall/clone.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>

#include "syscall/common.h"

#ifndef CLONE_PIDFD
#define CLONE_PIDFD 0x00001000
#endif
#define STACK_GUARD (64 * 1024) /* a page, whatever its size */
#define CLEAR_SIGHAND 0x100000000ULL
#define INTO_CGROUP 0x200000000ULL

struct clone3_arguments {
        uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid, set_tid_size, cgroup;
};

/*
 * The C library has no wrapper: a child on a new stack has no frame to return to. It calls run, and exits; both values wait
 * in registers that the system call keeps.
 */
static long clone3(const struct clone3_arguments *arguments, int (*run)(void *), void *argument)
{
#if defined(__x86_64__)
        register int (*run_)(void *) __asm__("r8") = run;
        register void *argument_ __asm__("r9") = argument;
        long result;

        __asm__ volatile("syscall\n\t"
                         "test %%rax, %%rax\n\t"
                         "jnz 1f\n\t"
                         "xor %%ebp, %%ebp\n\t"
                         "mov %%r9, %%rdi\n\t"
                         "call *%%r8\n\t"
                         "mov %%eax, %%edi\n\t"
                         "mov %[exit], %%eax\n\t"
                         "syscall\n\t"
                         "hlt\n"
                         "1:"
                         : "=a"(result)
                         : "0"((long)__NR_clone3), "D"(arguments), "S"(sizeof(*arguments)), "r"(run_), "r"(argument_),
                           [exit] "i"(__NR_exit)
                         : "rcx", "r11", "memory");
        return result;
#elif defined(__aarch64__)
        register long number __asm__("x8") = __NR_clone3;
        register const void *arguments_ __asm__("x0") = arguments;
        register long size __asm__("x1") = sizeof(*arguments);
        register int (*run_)(void *) __asm__("x9") = run;
        register void *argument_ __asm__("x10") = argument;

        __asm__ volatile("svc #0\n\t"
                         "cbnz x0, 1f\n\t"
                         "mov x29, #0\n\t"
                         "mov x0, x10\n\t"
                         "blr x9\n\t"
                         "mov x8, %[exit]\n\t"
                         "svc #0\n"
                         "1:"
                         : "+r"(arguments_)
                         : "r"(number), "r"(size), "r"(run_), "r"(argument_), [exit] "i"(__NR_exit)
                         : "memory", "cc");
        return (long)arguments_;
#else
#error "clone3(2) is not written for this architecture"
#endif
}

/* The C library's clone takes a stack and a function. */
static pid_t clone2(const struct sys_clone *clone_, int *ret_pidfd)
{
        char *top = (char *)clone_->stack + clone_->stack_size;
        int flags = (int)clone_->flags | (ret_pidfd ? CLONE_PIDFD : 0) | (clone_->flags & CLONE_PARENT ? 0 : SIGCHLD);
        pid_t pid;

        if (clone_->cgroup >= 0)
                return -ENOSYS;
        pid = clone(clone_->run, top, flags, clone_->argument, ret_pidfd);
        return pid < 0 ? -errno : pid;
}

char *sys_map_stack(size_t size)
{
        char *stack = mmap(NULL, STACK_GUARD + size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);

        if (stack == MAP_FAILED)
                return NULL;
        if (mprotect(stack + STACK_GUARD, size, PROT_READ | PROT_WRITE) == 0)
                return stack + STACK_GUARD;
        munmap(stack, STACK_GUARD + size);
        return NULL;
}

void sys_unmap_stack(char *stack, size_t size)
{
        if (stack)
                munmap(stack - STACK_GUARD, STACK_GUARD + size);
}

pid_t sys_clone(const struct sys_clone *clone_, int *ret_pidfd)
{
        struct clone3_arguments arguments = {
                .flags = clone_->flags | (ret_pidfd ? CLONE_PIDFD : 0) | CLEAR_SIGHAND |
                         (clone_->cgroup >= 0 ? INTO_CGROUP : 0),
                .pidfd = (uintptr_t)ret_pidfd,
                .exit_signal = clone_->flags & CLONE_PARENT ? 0 : SIGCHLD, /* that of the caller, then */
                .stack = (uintptr_t)clone_->stack,
                .stack_size = clone_->stack_size,
                .cgroup = clone_->cgroup >= 0 ? (uint64_t)clone_->cgroup : 0,
        };
        long pid = clone3(&arguments, clone_->run, clone_->argument);

        return pid == -ENOSYS ? clone2(clone_, ret_pidfd) : (pid_t)pid;
}

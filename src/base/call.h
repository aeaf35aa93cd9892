/* SPDX-License-Identifier: MIT */
/*
 * System calls whose result is what the kernel says: a value, or a negative errno. The variable errno stays as it is, which the
 * C library's wrappers would set: two processes that share memory share it, too (container/spawn.c, init/main.c).
 */
#ifndef BASE_CALL_H
#define BASE_CALL_H

#include <errno.h>
#include <sys/syscall.h>

static inline int sys_call_registers(long number, long a, long b, long c, long d, long e, long f)
{
#if defined(__x86_64__)
        register long d_ __asm__("r10") = d;
        register long e_ __asm__("r8") = e;
        register long f_ __asm__("r9") = f;
        long result;

        __asm__ volatile("syscall"
                         : "=a"(result)
                         : "a"(number), "D"(a), "S"(b), "d"(c), "r"(d_), "r"(e_), "r"(f_)
                         : "rcx", "r11", "memory");
        return (int)result;
#elif defined(__aarch64__)
        register long number_ __asm__("x8") = number;
        register long a_ __asm__("x0") = a;
        register long b_ __asm__("x1") = b;
        register long c_ __asm__("x2") = c;
        register long d_ __asm__("x3") = d;
        register long e_ __asm__("x4") = e;
        register long f_ __asm__("x5") = f;

        __asm__ volatile("svc #0"
                         : "+r"(a_)
                         : "r"(number_), "r"(b_), "r"(c_), "r"(d_), "r"(e_), "r"(f_)
                         : "memory", "cc");
        return (int)a_;
#else
#error "system calls are not written for this architecture"
#endif
}

#define SYS_CALL_PADDED(number, a, b, c, d, e, f, ...) \
        sys_call_registers(number, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))

/* sys_call(__NR_..., arguments): for results that fit an int. What is not given is 0. */
#define sys_call(...) SYS_CALL_PADDED(__VA_ARGS__, 0, 0, 0, 0, 0, 0, 0)

#endif

/* SPDX-License-Identifier: MIT */
/*
 * In place of what is largest in the C library: half of init would be the allocator and the printing of floating point
 * numbers, and every byte of init is memory of each container, because it runs from a memfd of its own. Linked in with
 * musl only (meson.build); a build for debugging has the host's C library as it is.
 */
#define _GNU_SOURCE

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Nothing is given back: PID 2 allocates in proportion to the setup message and becomes the program, PID 1 hardly
 * allocates, and its message and packets are mappings. Where nobody frees, musl's malloc is one that only counts
 * upwards.
 */
void free(void *memory)
{
        (void)memory;
}

/* Where text goes, and how long it would be if it all fitted. */
struct output {
        char *text;
        size_t size;
        size_t length;
};

struct conversion {
        bool zeros;
        size_t width;
        size_t precision; /* SIZE_MAX: none */
        char length;      /* 'l' for all that is as wide as a long (ll, z, j, t); 0: int */
};

static void put(struct output *output, const char *text, size_t length)
{
        for (size_t i = 0; i < length; i++, output->length++)
                if (output->length + 1 < output->size)
                        output->text[output->length] = text[i];
}

static void put_padded(struct output *output, const struct conversion *conversion, const char *text, size_t length)
{
        for (size_t i = length; i < conversion->width; i++)
                put(output, conversion->zeros ? "0" : " ", 1);
        put(output, text, length);
}

static void put_number(struct output *output, const struct conversion *conversion, uintmax_t value, unsigned base)
{
        char digits[24];
        size_t at = sizeof(digits);

        do {
                digits[--at] = "0123456789abcdef"[value % base];
                value /= base;
        } while (value);
        put_padded(output, conversion, digits + at, sizeof(digits) - at);
}

static void put_signed(struct output *output, struct conversion *conversion, intmax_t value)
{
        if (value < 0) {
                put(output, "-", 1);
                conversion->width -= conversion->width > 0;
        }
        put_number(output, conversion, value < 0 ? -(uintmax_t)value : (uintmax_t)value, 10);
}

static size_t read_number(const char **format)
{
        size_t number = 0;

        for (; **format >= '0' && **format <= '9'; (*format)++)
                number = number * 10 + (size_t)(**format - '0');
        return number;
}

/* `format` is behind the '%'; returns the character that says what is converted. */
static char read_conversion(const char **format, struct conversion *ret, va_list *arguments)
{
        *ret = (struct conversion){.precision = SIZE_MAX};
        if (**format == '0')
                ret->zeros = true;
        ret->width = read_number(format);
        if (**format == '.') {
                (*format)++;
                ret->precision = read_number(format);
                if (**format == '*') {
                        (*format)++;
                        ret->precision = (size_t)va_arg(*arguments, int);
                }
        }
        while (**format && strchr("lzjt", **format)) {
                (*format)++;
                ret->length = 'l';
        }
        return *(*format)++;
}

_Static_assert(sizeof(long) == sizeof(long long) && sizeof(long) == sizeof(size_t) &&
               sizeof(long) == sizeof(intmax_t), "one length modifier stands for all");

static void convert(struct output *output, const char **format, va_list *arguments)
{
        struct conversion conversion;
        char kind = read_conversion(format, &conversion, arguments);

        switch (kind) {
        case 's': {
                const char *text = va_arg(*arguments, const char *);

                put_padded(output, &conversion, text, strnlen(text, conversion.precision));
                return;
        }
        case 'c':
                put(output, &(char){(char)va_arg(*arguments, int)}, 1);
                return;
        case 'd':
                put_signed(output, &conversion,
                           conversion.length ? va_arg(*arguments, long) : va_arg(*arguments, int));
                return;
        case 'u':
        case 'o':
        case 'x':
                put_number(output, &conversion,
                           conversion.length ? va_arg(*arguments, unsigned long) : va_arg(*arguments, unsigned),
                           kind == 'u' ? 10 : kind == 'o' ? 8 : 16);
                return;
        case '%':
                put(output, "%", 1);
                return;
        default:
                /* No format of ours; a test goes through all of them. */
                __builtin_trap();
        }
}

int vsnprintf(char *text, size_t size, const char *format, va_list arguments)
{
        struct output output = {text, size, 0};
        va_list rest;

        va_copy(rest, arguments);
        while (*format) {
                size_t plain = (size_t)(strchrnul(format, '%') - format);

                put(&output, format, plain);
                format += plain;
                if (*format) {
                        format++;
                        convert(&output, &format, &rest);
                }
        }
        va_end(rest);
        if (size > 0)
                text[output.length < size ? output.length : size - 1] = '\0';
        return (int)output.length;
}

int snprintf(char *text, size_t size, const char *format, ...)
{
        va_list arguments;
        int length;

        va_start(arguments, format);
        length = vsnprintf(text, size, format, arguments);
        va_end(arguments);
        return length;
}

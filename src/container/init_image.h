/* SPDX-License-Identifier: MIT */
/* pinfold-init as bytes, made by the build (tools/embed.py). */
#ifndef CONTAINER_INIT_IMAGE_H
#define CONTAINER_INIT_IMAGE_H

#include <stddef.h>

extern const unsigned char init_image[];
extern const size_t init_image_size;

#endif

# SPDX-License-Identifier: MIT
# A thin front: everything is done by meson and by the scripts in tools/.
.PHONY: build run test install clean

build:
	tools/build.sh

run: build
	tools/tour.sh

test: build
	tools/test.sh

install: build
	meson install -C build

clean:
	rm -rf build build-*

# SPDX-License-Identifier: MIT
# A thin front: everything is done by meson and by the scripts in tools/.
.PHONY: help build run test test-faults test-missing test-kernels bench fuzz stress install deb check-deb check-bwrap clean

help:
	@echo 'make run      install what is missing (Debian; asks for root through sudo), build, and show real work in containers'
	@echo 'make test     install what is missing, build, and run every test and check; as root for all of them'
	@echo 'make test-faults, test-missing, test-kernels: longer tests, see tests/README.md'
	@echo 'make bench    install what is missing, build, and measure (CASE="cold library": these cases alone); see bench/README.md'
	@echo 'make fuzz     run each fuzzer for a minute (TIME=600: ten; FUZZ="text setup": these alone); see tools/fuzz.sh'
	@echo 'make stress   100,000 starts, 1,000 containers at once, 1,000 killed callers, ...: half an hour (PERCENT=10: a tenth)'
	@echo 'make build    build into build/: build/pinfold, build/pinfold-init, build/libpinfold.so'
	@echo 'make install  install what was built (meson configure -Dprefix=DIR build says where to)'
	@echo 'make deb      Debian packages, into build-deb/; make check-deb installs and uses them in a system of its own (root)'
	@echo 'make check-bwrap compare pinfold-bwrap with the installed bubblewrap on thousands of command lines (CASES=2000)'
	@echo 'make clean    remove what was built'

build:
	@tools/build.sh

run: build
	@tools/tour.sh

test:
	@tools/test.sh

test-faults: build
	@tools/packages.sh test
	@tools/faults.sh

test-missing: build
	@tools/packages.sh test
	@tools/missing.sh

test-kernels: build
	@tools/packages.sh kernels
	@tools/kernels.sh 6.1 6.12

bench: build
	@tools/packages.sh bench
	@bench/run.sh build $(CASE)

fuzz: build
	@tools/fuzz.sh $(FUZZ)

stress:
	@tools/stress.sh $(PERCENT)

install: build
	@meson install -C build

deb:
	@tools/deb.sh

check-deb:
	@tools/check-deb.sh

check-bwrap: build
	@tools/packages.sh test
	@tools/as-user.sh python3 tests/bwrap/differential.py --cases $(or $(CASES),2000) $(CURDIR)/build/pinfold-bwrap

clean:
	rm -rf build build-*

# SPDX-License-Identifier: MIT
# Not run here: written with care, and tried by nobody yet.
#
#   nix build        result/bin/pinfold
#   nix run . -- run true
#   nix develop      what building and testing take; there: tools/build.sh build $mesonFlags
{
  description = "Linux containers without root";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";

  outputs =
    { self, nixpkgs }:
    let
      systems = [
        "x86_64-linux"
        "aarch64-linux"
      ];
      inherit (nixpkgs) lib;
      each = build: lib.genAttrs systems (system: build nixpkgs.legacyPackages.${system});
      # musl is that of nixpkgs, and its own wrapper's specs; the kernel's headers stand in no /usr/include.
      places = pkgs: [
        (lib.mesonOption "musl_specs" "${lib.getDev pkgs.musl}/lib/musl-gcc.specs")
        (lib.mesonOption "kernel_headers" "${pkgs.linuxHeaders}/include")
      ];
    in
    {
      packages = each (pkgs: {
        default = pkgs.stdenv.mkDerivation {
          pname = "pinfold";
          version = "0.1.0";
          src = self;

          outputs = [
            "out"
            "dev"
            "man"
          ];
          strictDeps = true;
          nativeBuildInputs = with pkgs; [
            meson
            ninja
            pkg-config
            python3
            scdoc
          ];
          buildInputs = [ pkgs.libseccomp ];

          postPatch = "patchShebangs tools";
          # nixpkgs has no archive of libseccomp. The tests need user namespaces and an ordinary file system below /.
          mesonFlags = places pkgs ++ [
            (lib.mesonOption "command" "shared")
            (lib.mesonBool "tests" false)
          ];

          meta = {
            description = "Linux containers without root: a C library, and a command";
            license = lib.licenses.mit;
            platforms = systems;
            mainProgram = "pinfold";
          };
        };
      });

      devShells = each (pkgs: {
        default = pkgs.mkShell {
          inputsFrom = [ self.packages.${pkgs.stdenv.hostPlatform.system}.default ];
          packages = with pkgs; [
            clang
            cppcheck
            gdb
            groff
            util-linux
          ];
          # Some programs of the tests are static.
          buildInputs = with pkgs; [
            cmocka
            stdenv.cc.libc.static
          ];
          mesonFlags = places pkgs;
        };
      });
    };
}

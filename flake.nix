# SPDX-License-Identifier: MIT
# Not run here: written with care, and tried by nobody yet.
#
#   nix build        result/bin/pinfold
#   nix run . -- run true
#   nix develop      what building and testing take
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
      each = build: nixpkgs.lib.genAttrs systems (system: build nixpkgs.legacyPackages.${system});
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
          # cmocka: meson.build sets the tests up, also where they are not run.
          buildInputs = with pkgs; [
            libseccomp
            cmocka
            stdenv.cc.libc.static
          ];

          postPatch = "patchShebangs tools";
          # musl is that of nixpkgs, and its own wrapper's specs; the kernel's headers stand in no /usr/include.
          mesonFlags = [
            "-Dmusl_specs=${pkgs.lib.getDev pkgs.musl}/lib/musl-gcc.specs"
            "-Dkernel_headers=${pkgs.linuxHeaders}/include"
          ];
          # The compiler's wrapper adds what a static program at a fixed address cannot have.
          hardeningDisable = [ "pie" ];
          # The tests need user namespaces and an ordinary file system below /.
          doCheck = false;

          meta = {
            description = "Linux containers without root: a C library, and a command";
            license = pkgs.lib.licenses.mit;
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
        };
      });
    };
}

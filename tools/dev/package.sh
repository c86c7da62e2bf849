# shellcheck shell=bash
package_help() {
  cat <<'TEXT'
Usage: ./dev package

Builds the release preset and makes build-release/messo_VERSION_ARCH.deb: programs, plugins, templates, example configuration,
manual, systemd unit; its installation makes the system user "messo". Shows what is in it.
TEXT
}

make_package() {
  (cd build-release && rm -f ./*.deb && cpack -G DEB)
}

dev_package() {
  case "${1:-}" in
    "") ;;
    -h | --help) package_help && return ;;
    *) unknown_option package "$1" ;;
  esac
  steps 3
  install_packages package
  build release messod messo plugins
  step "packing" make_package
  local package
  package=$(compgen -G 'build-release/*.deb')
  dpkg-deb --info "$package" | sed -n '/^ Package:/,$p'
  dpkg-deb --contents "$package"
  say ""
  say "$package: install it with  apt install ./$package"
}

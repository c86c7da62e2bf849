# What is installed where, and the Debian package (`./dev package`). Plugins install themselves (messo_plugin).
install(TARGETS messod messo messo-plugin-host RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(DIRECTORY ${CMAKE_SOURCE_DIR}/templates DESTINATION ${CMAKE_INSTALL_DATADIR}/messo)
install(DIRECTORY ${CMAKE_SOURCE_DIR}/config/ DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/messo/config)
install(DIRECTORY ${CMAKE_SOURCE_DIR}/docs DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/messo)
install(FILES README.md CHANGELOG.md SECURITY.md DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/messo)
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/messo RENAME copyright)
install(DIRECTORY ${CMAKE_SOURCE_DIR}/core/channel/sdk/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/messo FILES_MATCHING PATTERN "*.h" PATTERN "*.hpp")
install(FILES packaging/systemd/messod.service DESTINATION /usr/lib/systemd/system)
install(FILES packaging/debian/messo.toml DESTINATION /etc/messo)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME messo)
set(CPACK_PACKAGE_CONTACT "Messo maintainers <maintainers@messo.example>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "self-hosted notification hub for public bodies")
set(CPACK_PACKAGE_DESCRIPTION "Messo takes messages from the applications of a public body, keeps them durably,
renders them from templates in the recipient's language, delivers them through
plugins and records what happened.")
set(CPACK_STRIP_FILES ON)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION mail)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "adduser, ca-certificates, tzdata")
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA "${CMAKE_SOURCE_DIR}/packaging/debian/conffiles;${CMAKE_SOURCE_DIR}/packaging/debian/postinst;\
${CMAKE_SOURCE_DIR}/packaging/debian/prerm;${CMAKE_SOURCE_DIR}/packaging/debian/postrm")
include(CPack)

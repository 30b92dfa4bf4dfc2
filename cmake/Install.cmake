# SPDX-License-Identifier: MIT
# Installs headers, both libraries, and what pkg-config and find_package(session3) need, in two
# components: session3_runtime is what a program that was built needs, session3_development the rest.
# module.modulemap stays in the source tree: in a shared include directory it would speak for all.
include(CMakePackageConfigHelpers)

install(TARGETS session3 EXPORT session3Targets
        LIBRARY COMPONENT session3_runtime NAMELINK_COMPONENT session3_development)
install(TARGETS session3_static EXPORT session3Targets COMPONENT session3_development)
install(FILES include/session3.h bindings/c/session3_easy.h bindings/c/session3_easy_manager.h
        DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" COMPONENT session3_development)
install(DIRECTORY include/session3 DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}"
        COMPONENT session3_development)

set(session3_package_directory "${CMAKE_INSTALL_LIBDIR}/cmake/session3")
install(EXPORT session3Targets NAMESPACE session3:: DESTINATION "${session3_package_directory}"
        COMPONENT session3_development)
configure_package_config_file(
  cmake/session3Config.cmake.in "${PROJECT_BINARY_DIR}/session3Config.cmake"
  INSTALL_DESTINATION "${session3_package_directory}")
# Until 1.0 a minor version may change the ABI.
write_basic_package_version_file("${PROJECT_BINARY_DIR}/session3ConfigVersion.cmake"
                                 COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/session3Config.cmake"
              "${PROJECT_BINARY_DIR}/session3ConfigVersion.cmake"
        DESTINATION "${session3_package_directory}" COMPONENT session3_development)

# Relative to the file itself, so that an installed tree may be moved; absolute directories stay.
cmake_path(RELATIVE_PATH CMAKE_INSTALL_PREFIX
           BASE_DIRECTORY "${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig" OUTPUT_VARIABLE session3_up)
cmake_path(APPEND session3_pc_includedir "\${prefix}" "${CMAKE_INSTALL_INCLUDEDIR}")
cmake_path(APPEND session3_pc_libdir "\${prefix}" "${CMAKE_INSTALL_LIBDIR}")
configure_file(cmake/session3.pc.in "${PROJECT_BINARY_DIR}/session3.pc" @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/session3.pc"
        DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig" COMPONENT session3_development)

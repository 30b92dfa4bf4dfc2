# SPDX-License-Identifier: MIT
# Debian packages, made by "cpack -G DEB" in the build folder: libsession3-0 and libsession3-dev.
# Who hands them on names himself: cpack -D CPACK_DEBIAN_PACKAGE_MAINTAINER="Name <address>".

set(session3_debian "${PROJECT_BINARY_DIR}/debian")
set(session3_runtime_package libsession3-0)
set(session3_development_package libsession3-dev)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME libsession3)
set(CPACK_PACKAGE_VENDOR "The libsession3 authors")
set(CPACK_PACKAGE_CONTACT "The libsession3 authors <libsession3@session3.invalid>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "server-side web sessions, shared by C, Python and Swift")
set(CPACK_RESOURCE_FILE_LICENSE "${PROJECT_SOURCE_DIR}/LICENSE")
set(CPACK_COMPONENTS_ALL session3_runtime session3_development)
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
    OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)

set(session3_description "Sessions of web servers, in files of one documented form. Programs in C,
Python and Swift load, save, delete and expire the same live sessions in one
directory. Saves that meet are merged, and a deleted session does not come
back. It needs libc alone.
.
")
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_DEBIAN_PACKAGE_SOURCE libsession3)
set(CPACK_DEBIAN_PACKAGE_MULTIARCH same)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_ENABLE_COMPONENT_DEPENDS ON)

set(CPACK_DEBIAN_SESSION3_RUNTIME_PACKAGE_NAME "${session3_runtime_package}")
set(CPACK_DEBIAN_SESSION3_RUNTIME_PACKAGE_SECTION libs)
set(CPACK_COMPONENT_SESSION3_RUNTIME_DESCRIPTION
    "${session3_description}This package holds the shared library.")
set(CPACK_DEBIAN_SESSION3_RUNTIME_PACKAGE_CONTROL_EXTRA
    "${PROJECT_SOURCE_DIR}/cmake/debian/triggers" "${session3_debian}/shlibs")

set(CPACK_DEBIAN_SESSION3_DEVELOPMENT_PACKAGE_NAME "${session3_development_package}")
set(CPACK_DEBIAN_SESSION3_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_COMPONENT_SESSION3_DEVELOPMENT_DEPENDS session3_runtime)
set(CPACK_COMPONENT_SESSION3_DEVELOPMENT_DESCRIPTION
    "${session3_description}This package holds the headers, the static library, and what pkg-config and
CMake need to find them.")

# Until 1.0 a minor version may change the interface: a package that was built with this one needs it.
math(EXPR session3_next_minor "${PROJECT_VERSION_MINOR} + 1")
configure_file(cmake/debian/shlibs.in "${session3_debian}/shlibs" @ONLY)
# SOURCE_DATE_EPOCH, if it is set, is the time that is meant.
string(TIMESTAMP session3_time "%a, %d %b %Y %H:%M:%S +0000" UTC)
configure_file(cmake/debian/changelog.in "${session3_debian}/changelog" @ONLY)
file(ARCHIVE_CREATE OUTPUT "${session3_debian}/changelog.gz" PATHS "${session3_debian}/changelog"
     FORMAT raw COMPRESSION GZip COMPRESSION_LEVEL 9)
foreach(component runtime development)
  set(directory "share/doc/${session3_${component}_package}")
  install(FILES LICENSE DESTINATION "${directory}" RENAME copyright
          COMPONENT session3_${component} EXCLUDE_FROM_ALL)
  install(FILES "${session3_debian}/changelog.gz" DESTINATION "${directory}"
          COMPONENT session3_${component} EXCLUDE_FROM_ALL)
endforeach()

set(CPACK_SESSION3_LIBDIR "${CMAKE_INSTALL_LIBDIR}")
set(CPACK_SESSION3_ARCHITECTURE "${CMAKE_LIBRARY_ARCHITECTURE}")
set(CPACK_PRE_BUILD_SCRIPTS "${PROJECT_SOURCE_DIR}/cmake/debian/stage.cmake")
include(CPack)

# SPDX-License-Identifier: MIT
# Run by CPack when all files are staged, before it makes packages of them.
if(NOT CPACK_GENERATOR STREQUAL "DEB")
  return()
endif()
set(libraries "lib/${CPACK_SESSION3_ARCHITECTURE}")
if(NOT CPACK_SESSION3_LIBDIR STREQUAL libraries)
  message(FATAL_ERROR "Debian's libraries are in ${libraries}, these in ${CPACK_SESSION3_LIBDIR}: "
                      "configure the build with -DCMAKE_INSTALL_LIBDIR=${libraries}")
endif()

# What libsession3-0 depends on. CPack's own call of dpkg-shlibdeps comes with scripts that run ldconfig,
# which is a trigger's task. dpkg-shlibdeps wants to be in a source package, and the library in the
# directory of a binary package.
set(runtime "${CPACK_TEMPORARY_DIRECTORY}/session3_runtime")
file(WRITE "${CPACK_TEMPORARY_DIRECTORY}/debian/control" "Source: libsession3\n")
file(MAKE_DIRECTORY "${runtime}/DEBIAN")
execute_process(COMMAND dpkg-shlibdeps -O "${runtime}/usr/${libraries}/libsession3.so.0"
                WORKING_DIRECTORY "${CPACK_TEMPORARY_DIRECTORY}"
                OUTPUT_VARIABLE output OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
file(REMOVE_RECURSE "${CPACK_TEMPORARY_DIRECTORY}/debian" "${runtime}/DEBIAN")
if(NOT output MATCHES "^shlibs:Depends=(.+)$")
  message(FATAL_ERROR "dpkg-shlibdeps said: ${output}")
endif()
set(CPACK_DEBIAN_SESSION3_RUNTIME_PACKAGE_DEPENDS "${CMAKE_MATCH_1}")

# A package is not moved; and of directories that are the system's, pkg-config then tells nothing.
set(pc "${CPACK_TEMPORARY_DIRECTORY}/session3_development/usr/${libraries}/pkgconfig/session3.pc")
file(READ "${pc}" text)
string(REGEX REPLACE "\nprefix=[^\n]*" "\nprefix=/usr" text "${text}")
file(WRITE "${pc}" "${text}")

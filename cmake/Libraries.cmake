# SPDX-License-Identifier: MIT
# libsession3.so and libsession3.a, both of session3.o.

function(session3_library target name)
  set_target_properties(${target} PROPERTIES OUTPUT_NAME session3 EXPORT_NAME ${name}
                                             LINKER_LANGUAGE C)
  add_dependencies(${target} session3_joined)
  target_include_directories(${target} INTERFACE
                             "$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>"
                             "$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/bindings/c>"
                             "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>")
  add_library(session3::${name} ALIAS ${target})
endfunction()

add_library(session3_static STATIC "${session3_object}")
session3_library(session3_static static)

add_library(session3 SHARED "${session3_object}")
session3_library(session3 session3)
set(session3_map "${PROJECT_SOURCE_DIR}/abi/session3.map")
set_target_properties(session3 PROPERTIES VERSION "${PROJECT_VERSION}" SOVERSION 0
                                          LINK_DEPENDS "${session3_map}")
target_link_options(session3 PRIVATE
  "LINKER:--version-script=${session3_map}"
  # A host that holds a static copy as well would capture the library's calls to its own functions.
  LINKER:-Bsymbolic-functions
  LINKER:--gc-sections
  LINKER:--as-needed
  # What libc does not have must not be found out by the host.
  LINKER:-z,defs
  LINKER:-z,relro LINKER:-z,now LINKER:-z,noexecstack)

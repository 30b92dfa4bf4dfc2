# SPDX-License-Identifier: MIT
# session3.o: all of the library in one relocatable object, every symbol local but those of
# abi/symbols.txt. Both libraries are made of it.
#
# Embedded Swift is compiled by a command of its own: the module is one unit, which CMake's rules
# for Swift would compile once for each library, and link through a driver that adds run paths.

file(GLOB_RECURSE session3_swift_sources CONFIGURE_DEPENDS
     "${PROJECT_SOURCE_DIR}/Sources/Session3/*.swift")
file(GLOB session3_system_sources CONFIGURE_DEPENDS
     "${PROJECT_SOURCE_DIR}/Sources/CSession3System/*.c")
file(GLOB_RECURSE session3_headers CONFIGURE_DEPENDS
     "${PROJECT_SOURCE_DIR}/include/*" "${PROJECT_SOURCE_DIR}/Sources/CSession3System/include/*")

set(SESSION3_SWIFT_OPTIMIZATION -O CACHE STRING "Optimization of the Swift code: -O or -Osize")
find_program(SESSION3_OBJCOPY NAMES objcopy llvm-objcopy REQUIRED)

# The language settings stand in Package.swift too: both builds take the same sources.
set(session3_swift_flags
    -module-name Session3 -parse-as-library -wmo -swift-version 6
    -enable-experimental-feature Embedded
    -enable-upcoming-feature ExistentialAny
    -enable-upcoming-feature InternalImportsByDefault
    -enable-upcoming-feature MemberImportVisibility
    # One section for each function lets the linker drop those that nobody calls.
    -Xfrontend -function-sections
    -I "${PROJECT_SOURCE_DIR}/include"
    -I "${PROJECT_SOURCE_DIR}/Sources/CSession3System/include"
    -module-cache-path "${PROJECT_BINARY_DIR}/module-cache")
# Never -Onone: what is not optimized away of the standard library needs its Unicode tables.
list(APPEND session3_swift_flags ${SESSION3_SWIFT_OPTIMIZATION})
if(CMAKE_BUILD_TYPE MATCHES "^(Debug|RelWithDebInfo)$")
  list(APPEND session3_swift_flags -g)
endif()

# By a file of arguments: a command that fails is shown, and fifty paths would hide its errors.
list(JOIN session3_swift_sources "\"\n\"" session3_swift_list)
set(session3_swift_arguments "${PROJECT_BINARY_DIR}/Session3.sources")
file(CONFIGURE OUTPUT "${session3_swift_arguments}" CONTENT "\"${session3_swift_list}\"\n" @ONLY)

set(session3_swift_object "${PROJECT_BINARY_DIR}/Session3.o")
add_custom_command(
  OUTPUT "${session3_swift_object}"
  COMMAND "${CMAKE_Swift_COMPILER}" -c ${session3_swift_flags} "@${session3_swift_arguments}"
          -o "${session3_swift_object}"
  DEPENDS ${session3_swift_sources} ${session3_headers} "${session3_swift_arguments}"
  COMMENT "Compiling Session3 (Embedded Swift)"
  VERBATIM)

add_library(session3_system OBJECT ${session3_system_sources})
target_include_directories(session3_system
                           PRIVATE "${PROJECT_SOURCE_DIR}/Sources/CSession3System/include")
target_compile_definitions(session3_system PRIVATE SESSION3_EMBEDDED)
target_compile_options(session3_system PRIVATE -Wall -Wextra -ffunction-sections -fdata-sections)
set_target_properties(session3_system PROPERTIES POSITION_INDEPENDENT_CODE ON
                                                 C_VISIBILITY_PRESET hidden)

# Raw Embedded Swift objects carry weak swift_* symbols, which would override the runtime of a
# Swift host that links the archive. The sections removed hold notes from the compiler to its own
# driver.
set(session3_object "${PROJECT_BINARY_DIR}/session3.o")
set(session3_symbols "${PROJECT_SOURCE_DIR}/abi/symbols.txt")
add_custom_command(
  OUTPUT "${session3_object}"
  COMMAND "${CMAKE_LINKER}" -r -o "${session3_object}" "${session3_swift_object}"
          "$<TARGET_OBJECTS:session3_system>"
  COMMAND "${SESSION3_OBJCOPY}" "--keep-global-symbols=${session3_symbols}"
          --remove-section=.swift1_autolink_entries --remove-section=.linker-options
          --remove-section=.swift_modhash "${session3_object}"
  DEPENDS "${session3_swift_object}" session3_system "$<TARGET_OBJECTS:session3_system>"
          "${session3_symbols}"
  COMMENT "Joining session3.o"
  COMMAND_EXPAND_LISTS VERBATIM)
add_custom_target(session3_joined DEPENDS "${session3_object}")
set_source_files_properties("${session3_object}" PROPERTIES EXTERNAL_OBJECT ON GENERATED ON)

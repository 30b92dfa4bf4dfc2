# SPDX-License-Identifier: MIT
# Where things are installed, below the prefix.

# Debian has the libraries of /usr/local in a directory of the architecture's, too. GNUInstallDirs
# knows that of /usr alone; but packages, which are for /usr, are made in a build folder of any prefix.
if(PROJECT_IS_TOP_LEVEL AND EXISTS "/etc/debian_version" AND CMAKE_LIBRARY_ARCHITECTURE
   AND NOT CMAKE_CROSSCOMPILING)
  set(CMAKE_INSTALL_LIBDIR "lib/${CMAKE_LIBRARY_ARCHITECTURE}" CACHE PATH
      "Object code libraries (lib/${CMAKE_LIBRARY_ARCHITECTURE})")
endif()
include(GNUInstallDirs)

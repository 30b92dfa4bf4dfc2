/* SPDX-License-Identifier: MIT */
/* A program outside the repository: both installed headers, and one call. */
#include <session3.h>
#include <session3_easy.h>

int main(void) {
  session3_version_info version = {.size = sizeof version};
  if (session3_version(&version, NULL) != SESSION3_OK)
    return 1;
  return version.minor == SESSION3_VERSION_MINOR ? 0 : 1;
}

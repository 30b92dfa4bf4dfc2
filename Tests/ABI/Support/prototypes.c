/* SPDX-License-Identifier: MIT */
#include "prototypes.h"

#include <dlfcn.h>
#include <string.h>

const struct prototype prototypes[] = {
    {"session3_status_text", 'c', "s"},
    {"session3_buffer_dispose", 'v', "B"},
    {"session3_buffer_assign", 's', "Byze"},
    {"session3_id_generate", 's', "oe"},
    {"session3_id_is_valid", 'b', "kz"},
    {"session3_version", 's', "Ae"},
    {"session3_cookie_check", 's', "Pe"},
    {"session3_cookie_next", 's', "kzkzqooe"},
    {"session3_cookie_set", 's', "PkziiBe"},
    {"session3_cookie_revoke", 's', "PBe"},
    {"session3_value_parse", 's', "yzoe"},
    {"session3_value_get_bool", 's', "Voe"},
    {"session3_value_get_int", 's', "Voe"},
    {"session3_value_get_uint", 's', "Voe"},
    {"session3_value_get_double", 's', "Voe"},
    {"session3_value_get_timestamp", 's', "Voe"},
    {"session3_value_get_text", 's', "Vooe"},
    {"session3_value_get_binary", 's', "Vooe"},
    {"session3_value_element", 's', "Vzoe"},
    {"session3_value_member", 's', "Vkzoe"},
    {"session3_value_iterate", 's', "Voe"},
    {"session3_value_next", 's', "Kpoe"},
    {"session3_writer_new", 's', "Oe"},
    {"session3_writer_free", 'v', "W"},
    {"session3_writer_reset", 'v', "W"},
    {"session3_writer_nil", 's', "We"},
    {"session3_writer_bool", 's', "Wbe"},
    {"session3_writer_int", 's', "Wie"},
    {"session3_writer_uint", 's', "Wue"},
    {"session3_writer_double", 's', "Wde"},
    {"session3_writer_text", 's', "Wkze"},
    {"session3_writer_binary", 's', "Wyze"},
    {"session3_writer_timestamp", 's', "Wie"},
    {"session3_writer_array", 's', "WUe"},
    {"session3_writer_map", 's', "WUe"},
    {"session3_writer_value", 's', "WVe"},
    {"session3_writer_finish", 's', "Woe"},
    {"session3_session_new", 's', "nzOe"},
    {"session3_session_free", 'v', "S"},
    {"session3_session_id", 's', "Sope"},
    {"session3_session_set_id", 's', "Gkze"},
    {"session3_session_is_new", 'b', "S"},
    {"session3_session_is_changed", 'b', "S"},
    {"session3_session_has_info", 'b', "S"},
    {"session3_session_created_us", 'i', "S"},
    {"session3_session_accessed_us", 'i', "S"},
    {"session3_session_creation_age_us", 'i', "Si"},
    {"session3_session_access_age_us", 'i', "Si"},
    {"session3_session_user", 's', "Soe"},
    {"session3_session_user_text", 's', "Sooe"},
    {"session3_session_set_user", 's', "Swe"},
    {"session3_session_set_user_text", 's', "Snze"},
    {"session3_session_authenticated_us", 'i', "S"},
    {"session3_session_set_authenticated_us", 's', "Sie"},
    {"session3_session_set_persistence", 's', "SUe"},
    {"session3_session_persistence", 'U', "S"},
    {"session3_session_remote_address", 's', "Sooe"},
    {"session3_session_set_remote_address", 's', "Snze"},
    {"session3_session_get", 's', "Skzoe"},
    {"session3_session_get_bool", 's', "Skzoe"},
    {"session3_session_get_int", 's', "Skzoe"},
    {"session3_session_get_uint", 's', "Skzoe"},
    {"session3_session_get_double", 's', "Skzoe"},
    {"session3_session_get_timestamp", 's', "Skzoe"},
    {"session3_session_get_text", 's', "Skzooe"},
    {"session3_session_get_binary", 's', "Skzooe"},
    {"session3_session_attribute_count", 'z', "S"},
    {"session3_session_attributes", 's', "Soe"},
    {"session3_session_set", 's', "SkzVe"},
    {"session3_session_set_nil", 's', "Skze"},
    {"session3_session_set_bool", 's', "Skzbe"},
    {"session3_session_set_int", 's', "Skzie"},
    {"session3_session_set_uint", 's', "Skzue"},
    {"session3_session_set_double", 's', "Skzde"},
    {"session3_session_set_timestamp", 's', "Skzie"},
    {"session3_session_set_text", 's', "Skzkze"},
    {"session3_session_set_binary", 's', "Skzyze"},
    {"session3_session_remove", 's', "Skze"},
    {"session3_session_remove_all", 's', "Se"},
    {"session3_session_create_form_token", 's', "Soe"},
    {"session3_session_has_form_token", 'b', "Skz"},
    {"session3_session_remove_form_token", 's', "Skze"},
    {"session3_session_csrf_token", 's', "Soe"},
    {"session3_session_check_csrf_token", 'b', "Skz"},
    {"session3_session_payload", 's', "Sooe"},
    {"session3_session_set_payload", 's', "Syze"},
    {"session3_session_describe", 's', "SBe"},
    {"session3_store_open_directory", 's', "fzDOe"},
    {"session3_store_open_memory", 's', "MOe"},
    {"session3_store_open_custom", 's', "CxMOe"},
    {"session3_store_free", 'v', "T"},
    {"session3_store_get_info", 's', "TQe"},
    {"session3_store_get_statistics", 's', "Tte"},
    {"session3_store_setup", 's', "Te"},
    {"session3_store_load", 's', "TkzOe"},
    {"session3_store_save", 's', "TSUe"},
    {"session3_store_create", 's', "TGe"},
    {"session3_store_renew", 's', "TSUe"},
    {"session3_store_delete", 's', "Tkze"},
    {"session3_store_delete_unchanged", 's', "TSe"},
    {"session3_store_has", 's', "Tkze"},
    {"session3_store_touch", 's', "Tkze"},
    {"session3_store_set_access_time", 's', "Tkzie"},
    {"session3_store_increment", 's', "Tkzkzipe"},
    {"session3_store_consume_form_token", 's', "Tkzkze"},
    {"session3_store_short_hash", 's', "Tkzoe"},
    {"session3_store_delete_user_sessions", 's', "TVnzpe"},
    {"session3_store_sweep", 's', "Tippe"},
    {"session3_store_delete_old_sessions", 's', "Tdppe"},
    {"session3_store_iterate", 's', "TOe"},
    {"session3_iterator_next", 's', "IOe"},
    {"session3_iterator_id", 's', "Iope"},
    {"session3_iterator_free", 'v', "I"},
    {"session3_store_load_encoded", 's', "TkzNozoe"},
    {"session3_store_save_encoded", 's', "TkzNYzyzUBe"},
    {"session3_store_create_encoded", 's', "TkzNyzBe"},
    {"session3_store_renew_encoded", 's', "TkzNyzyzUoBe"},
    {"session3_store_delete_encoded", 's', "TkzNe"},
    {"session3_store_delete_user_sessions_encoded", 's', "TyzEpe"},
    {"session3_iterator_next_id", 's', "Ioe"},
    {"session3_id_list_append", 's', "Lkze"},
    {"session3_manager_new", 's', "TmOe"},
    {"session3_manager_free", 'v', "H"},
    {"session3_manager_has_session", 's', "Hkze"},
    {"session3_manager_check_session", 's', "HSe"},
    {"session3_manager_start_request", 's', "HnznzOe"},
    {"session3_request_free", 'v', "R"},
    {"session3_request_session", 's', "ROe"},
    {"session3_request_cookie_status", 's', "R"},
    {"session3_request_has_session_cookie", 's', "Rbe"},
    {"session3_request_new_session", 's', "Rhe"},
    {"session3_request_expire_session", 's', "Re"},
    {"session3_request_expire_user_sessions", 's', "RUe"},
    {"session3_request_renew_id", 's', "Re"},
    {"session3_request_maintain_session", 's', "Re"},
    {"session3_request_finish_successful", 's', "Re"},
    {"session3_request_finish_failed", 's', "Re"},
    {"session3_request_set_cookie", 's', "Rope"},
    {"session3_request_outcome", 'U', "R"},
};
const size_t prototype_count = sizeof prototypes / sizeof prototypes[0];

int is_pointer(char parameter) {
  return strchr("TSGWILVKCNBAQtHRkyfoOqenYwphEDMPmx", parameter) != NULL;
}

int may_be_null(char parameter) { return strchr("enYwphEDMPmx", parameter) != NULL; }

static ffi_type *type_of(char letter) {
  switch (letter) {
  case 's':
    return &ffi_type_sint32;
  case 'b':
    return &ffi_type_uint8;
  case 'i':
    return &ffi_type_sint64;
  case 'u':
  case 'z':
    return &ffi_type_uint64;
  case 'U':
    return &ffi_type_uint32;
  case 'd':
    return &ffi_type_double;
  case 'v':
    return &ffi_type_void;
  default:
    return &ffi_type_pointer;
  }
}

int prepare(struct prepared *prepared, const struct prototype *prototype) {
  void *library = dlopen("libsession3.so.0", RTLD_NOW | RTLD_NOLOAD);
  void *symbol = library != NULL ? dlsym(library, prototype->name) : NULL;
  unsigned count = (unsigned)strlen(prototype->parameters);
  if (symbol == NULL || count > MAXIMUM_PARAMETERS)
    return 0;
  memcpy(&prepared->function, &symbol, sizeof symbol);
  for (unsigned index = 0; index < count; index++) {
    prepared->types[index] = type_of(prototype->parameters[index]);
  }
  dlclose(library);
  return ffi_prep_cif(&prepared->cif, FFI_DEFAULT_ABI, count, type_of(prototype->result),
                      prepared->types) == FFI_OK;
}

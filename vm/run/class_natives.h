/*
 * class_natives.h - tables of builtins defined in run/.
 */
#ifndef GN_RUN_CLASS_NATIVES_H
#define GN_RUN_CLASS_NATIVES_H

#include "run/native.h"

extern const gn_native_def gn_new_rows[];
extern const gn_native_def gn_class_rows[];
extern const gn_native_def gn_exception_rows[];
extern const gn_native_def gn_future_ctor_rows[];
extern const gn_native_def gn_generator_rows[];
extern const gn_native_def gn_contract_rows[];
extern const gn_native_def gn_await_all_rows[];

#endif

// SPDX-License-Identifier: GPL-2.0
/// Allocates an object by its type, as newer kernels do.
// Options: --no-includes --include-headers

virtual patch

@@ expression P, G; type T; @@
(
- kzalloc(sizeof(T), G)
+ kzalloc_obj(T, G)
|
- kmalloc(sizeof(*P), G)
+ kmalloc_obj(*P, G)
|
- kzalloc(sizeof(*P), G)
+ kzalloc_obj(*P, G)
)

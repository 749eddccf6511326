// SPDX-License-Identifier: GPL-2.0
/// Takes out the seeded bugs: kwg_mutant() is 0 in what is built for people, and in the kernel's tree not written at all.
// Options: --no-includes --include-headers

virtual patch

// What only a seeded bug does.
@@ identifier n, m; expression E, F; statement S; @@
(
- if (kwg_mutant(n)) S
|
- if (kwg_mutant(n) && E) S
|
- if (kwg_mutant(n) && E && F) S
|
- if (kwg_mutant(n) || (kwg_mutant(m) && E)) S
)

// What only a seeded bug leaves out.
@@ identifier n; expression E; statement S; @@
(
- if (!kwg_mutant(n)) S
+ S
|
- if (!kwg_mutant(n) || E) S
+ S
)

// A choice between two, or a condition of two, each with a seeded bug.
@@ identifier n, m; expression E, F; @@
(
- E ? kwg_mutant(n) : !kwg_mutant(m)
+ !E
|
- (E || kwg_mutant(n)) && (F || kwg_mutant(m))
+ E && F
)

// A value, or a condition, that only a seeded bug has or has not.
@@ identifier n; expression E, F; @@
(
- kwg_mutant(n) && E ? NULL :
  F
|
- (kwg_mutant(n) ? E : F)
+ F
|
- kwg_mutant(n) ? E :
  F
|
- E || kwg_mutant(n) ? F : NULL
+ E ? F : NULL
|
  E
- && !(kwg_mutant(n) && F)
|
  E
- && !kwg_mutant(n)
|
- !kwg_mutant(n) &&
  E
|
  E
- || kwg_mutant(n)
)

@@ identifier n; @@
- !kwg_mutant(n)
+ true

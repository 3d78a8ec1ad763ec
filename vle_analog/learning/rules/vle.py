"""vle: another name of vle2; asked of a task, the variant that suits it (`tasks.task.plasticity_of`)."""

from __future__ import annotations

from dataclasses import replace

from vle_analog.learning.rules.vle2 import RULE as VLE2

RULE = replace(VLE2, name="vle", alias_of="vle2")

"""What holds for all tests: one compute thread, set before any numerical library loads."""

from __future__ import annotations

from antiperovskite.engines.threads import limit_threads

limit_threads()

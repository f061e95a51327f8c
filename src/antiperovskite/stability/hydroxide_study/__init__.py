"""Why Na3OA can be made and Na2OHA hardly, and for lithium the reverse: the hydration cycle of M3OA term by term."""

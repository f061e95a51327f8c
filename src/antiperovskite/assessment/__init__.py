"""The main job: plan, run or reuse the steps, draw the verdicts."""

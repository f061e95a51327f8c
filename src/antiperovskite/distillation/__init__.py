"""Fitting a fast linear many-body potential to a slow engine by active learning."""

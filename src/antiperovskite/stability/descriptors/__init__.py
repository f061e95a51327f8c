"""Which descriptor predicts which anti-perovskites can be made? Labels, descriptors, study and recommendation."""

"""U-statistics of readers and cases (Gallas) for designs that are not fully crossed."""

//! No code. This manifest names the features of dependencies that DataFusion and Arrow stand on, so that every build has the same.

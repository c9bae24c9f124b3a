"""Many runs, in this process, on all processors or on a cluster; what is finished is kept and used again."""

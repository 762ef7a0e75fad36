"""What stands in for hypervisor, storage, switch and load balancer: nothing is moved, but each can be told to fail or to hang."""

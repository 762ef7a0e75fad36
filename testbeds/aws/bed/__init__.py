"""The AWS bed: the moto server with the refusals and the delays that AWS has.

moto keeps its own models, parsers and serializers. This package wraps the methods of its backends, so that
API calls, CloudFormation and every client meet the same rules:

  options          what a run may tune: quota, stale reads, token buckets, delays, rules switched off
  clock            things that finish later
  rules            how a refusal or a changed behaviour is put onto a backend method, with its source
  hooks            what every call passes through: lock, clock, dry run, paging
  ec2, elb, eks, autoscaling, iam, logs, sts      the rules, by service
  cloudformation   stacks that delete in reference order, wait, fail with a reason, and can be retried
  layer            journal, faults, stale reads, token buckets; the control endpoints
  server           starts it all and prints one JSON line

The rules are ours, not Amazon's. Each names the page or the public report it was taken from.
"""

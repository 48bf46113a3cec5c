"""The AWS of the tests: moto, and on top what it lacks (services that run tasks, web servers, errors on demand)."""

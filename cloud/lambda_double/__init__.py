"""A double of AWS Lambda: its Invoke API, and environments that run AWS's own runtime client.

What is like Lambda: the two APIs, the life of an environment (started on demand, one event at a
time, frozen between two, killed at the timeout or when nobody needs it), the concurrency limit with
its 429, the environment's variables, an event's bounds. What is not: memory and processor are not
limited, nothing is isolated, nobody is authenticated, and all functions are of one account without
a limit of its own.
"""

"""The session that bridge_v1.txt holds: the calls of RHS it was made of."""

# The module is the one of broker_service/modules/testing: "Do" says how it does its operations.
PROPERTIES = {"Module": "m", "Do": "done", "Mark": "first"}
SCRIPT = [
    'open r1 type="Resource Broker" pending-timeout=3s',
    "online r1", "wait r1 state=Online timeout=60s",
    "alive r1 expect=true",
    "control r1 code=0x01200001 in=hex:0102 out=64", f"expect r1 out={b'first'.hex()}",
    "property r1 Do=wait",
    'offline r1 dest=NODE2 flags=QUEUE_ENABLED|IGNORE_NETWORK_CONNECTIVITY|0x80000000 in=hex:00ff10 reserved=2',
    "expect r1 last=997", "wait r1 checkpoints>=1 timeout=60s",
    "cancel r1 flags=1", "wait r1 pending=false timeout=60s",
    'offline r1 dest=""', "expect r1 last=997", "wait r1 checkpoints>=1 timeout=60s",
    "terminate r1", "wait r1 pending=false timeout=60s",
    "close r1",
]

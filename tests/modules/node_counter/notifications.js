// What the module tells unasked, over the one Watch stream of the broker that is attached.
"use strict";

class Notifications {
  constructor() {
    this._stream = null;
    this._health = new Map(); // of resources that are not alive: what was told
  }

  // health: "ALIVE" or "DEAD".
  setHealth(resource, health, message) {
    const notification = {resource, health, message};
    if (health === "ALIVE" && !this._health.delete(resource)) return;
    if (health !== "ALIVE") this._health.set(resource, notification);
    if (this._stream) this._stream.write(notification);
  }

  forget(resource) {
    this._health.delete(resource);
  }

  // "One stream, open as long as the broker is attached; every state that differs from the default (alive, unlocked) is
  // sent first." A newer stream, of a broker that came back, takes the place of the older.
  serve(call) {
    this.end();
    this._stream = call;
    for (const notification of this._health.values()) call.write(notification);
    call.on("cancelled", () => {
      if (this._stream === call) this._stream = null;
    });
  }

  end() {
    if (this._stream) this._stream.end();
    this._stream = null;
  }
}

module.exports = {Notifications};

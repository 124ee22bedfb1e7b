// The logic of this module's resource: a counter that is online at its highest value and offline at 0.
//
// Private properties, all numbers (REG_DWORD) that may be absent:
//   Steps      1 to 1000, how far it counts (3)
//   StepMs     0 to 600000, the time for each step (20)
//   HealthyMs  0 to 600000, the counter dies by itself so long after it came online; 0: it does not (0)
"use strict";

const RANGES = {Steps: [1, 1000, 3], StepMs: [0, 600000, 20], HealthyMs: [0, 600000, 0]};

class Counter {
  // `tell(health, why)` is called when its health changes by itself.
  constructor(tell) {
    this._tell = tell;
    this._alive = false;
    this._death = null;
    this.configure({});
  }

  // Takes the properties it knows, and passes over the others: the bridge's own are among them. What is wrong, or null.
  configure(properties) {
    const settings = {};
    for (const [name, [min, max, otherwise]] of Object.entries(RANGES)) {
      const given = properties[name];
      // A PropertyValue says by `value` which of its fields is set.
      if (given && given.value !== "number") return `${name}: must be a number (REG_DWORD)`;
      settings[name] = given ? given.number : otherwise;
      if (settings[name] < min || settings[name] > max) return `${name}: must be ${min} to ${max}`;
    }
    this._settings = settings;
    return null;
  }

  // Counts up or down, a step at a time, until it is there or somebody wants it to end.
  run(online, execution) {
    const {Steps: steps, StepMs: stepMs} = this._settings;
    let done = 0;
    let timer = null;
    const next = () => {
      if (execution.wish) {
        // Cancelled: "the resource is still what it was". Terminated: reset() has been called.
        execution.endAsWished();
        return;
      }
      if (done === steps) {
        this._becomes(online);
        execution.end({outcome: "DONE"});
        return;
      }
      ++done;
      execution.report(done, Math.floor((100 * done) / steps), `at ${online ? done : steps - done}`);
      timer = setTimeout(next, stepMs);
    };
    execution.onWish = () => {
      clearTimeout(timer);
      next();
    };
    next();
  }

  // At once, without grace.
  reset() {
    this._becomes(false);
  }

  health() {
    return this._alive ? {health: "ALIVE"} : {health: "DEAD", message: "the counter does not stand"};
  }

  _becomes(online) {
    clearTimeout(this._death);
    this._alive = online;
    if (!online) return;
    this._tell("ALIVE", "");
    const {HealthyMs: healthyMs} = this._settings;
    if (healthyMs === 0) return;
    this._death = setTimeout(() => {
      this._alive = false;
      this._tell("DEAD", `it has counted for ${healthyMs} ms`);
    }, healthyMs);
  }
}

module.exports = {Counter};

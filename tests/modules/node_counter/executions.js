// The operations the module works on or has worked on, by their ids: an operation goes on while nobody listens, and a
// broker that comes back reads what it has missed.
"use strict";

// "A module keeps the last 1,000 results for 10 minutes", "at least the last 1,024 steps of a running operation and the
// last 64 of an ended one."
const MAX_ENDED = 1000;
const KEEP_ENDED_MS = 10 * 60 * 1000;
const MAX_STEPS = 1024;
const MAX_STEPS_ONCE_ENDED = 64;

const WIN32_CODE = {OUTCOME_CANCELLED: 1223, OUTCOME_TERMINATED: 995};

// One operation: its steps, from 1 without gaps, the last of which is the result.
class Execution {
  constructor(resource, onEnd) {
    this.resource = resource;
    this.ended = false;
    // Set by Cancel and Terminate; who does the work looks at it, and is woken by `onWish`.
    this.wish = null;
    this.onWish = () => {};
    this._onEnd = onEnd;
    this._steps = [];
    this._last = 0;
    this._readers = new Set();
  }

  // Progress; nothing once it has ended.
  report(checkpoint, percent, message) {
    if (!this.ended) this._add({progress: {checkpoint, percent, message}});
  }

  // The result. The first one counts.
  end(result) {
    if (this.ended) return;
    this._add({result});
    this.ended = true;
    this._steps = this._steps.slice(-MAX_STEPS_ONCE_ENDED);
    for (const reader of this._readers) reader.done();
    this._readers.clear();
    this._onEnd(this);
  }

  // A Terminate is stronger than a Cancel before it.
  requestEnd(outcome) {
    if (this.ended || this.wish === "OUTCOME_TERMINATED") return;
    this.wish = outcome;
    this.onWish();
  }

  // Ends it as it was wished.
  endAsWished() {
    this.end({outcome: this.wish, win32_code: WIN32_CODE[this.wish], message: "ended early"});
  }

  // `write` gets each step after `afterStep`, old and new, then `done` is called. The function returned detaches.
  attach(afterStep, write, done) {
    for (const step of this._steps) {
      if (step.step > afterStep) write(step);
    }
    if (this.ended) {
      done();
      return () => {};
    }
    const reader = {write, done};
    this._readers.add(reader);
    return () => this._readers.delete(reader);
  }

  _add(event) {
    const step = {step: ++this._last, ...event};
    this._steps.push(step);
    if (this._steps.length > MAX_STEPS) this._steps.shift();
    for (const reader of this._readers) reader.write(step);
  }
}

class Executions {
  constructor() {
    this._byId = new Map(); // in the order they began
    this._ended = []; // {id, at}, oldest first
    this._whenIdle = [];
  }

  find(id) {
    return this._byId.get(id.toString("hex"));
  }

  underWay(resource) {
    return [...this._byId.values()].find((execution) => !execution.ended && execution.resource === resource);
  }

  begin(id, resource) {
    const key = id.toString("hex");
    const execution = new Execution(resource, () => this._keep(key));
    this._byId.set(key, execution);
    return execution;
  }

  // Waits for those under way, at most `graceMs`; what runs then is cancelled.
  async drain(graceMs) {
    const running = () => [...this._byId.values()].filter((execution) => !execution.ended);
    if (running().length > 0) {
      await Promise.race([
        new Promise((resolve) => this._whenIdle.push(resolve)),
        new Promise((resolve) => setTimeout(resolve, graceMs)),
      ]);
    }
    for (const execution of running()) execution.requestEnd("OUTCOME_CANCELLED");
  }

  _keep(key) {
    this._ended.push({key, at: Date.now()});
    while (this._ended.length > MAX_ENDED || (this._ended.length > 0 && Date.now() - this._ended[0].at > KEEP_ENDED_MS)) {
      this._byId.delete(this._ended.shift().key);
    }
    if ([...this._byId.values()].every((execution) => execution.ended)) {
      for (const resolve of this._whenIdle.splice(0)) resolve();
    }
  }
}

module.exports = {Executions};

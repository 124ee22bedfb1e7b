// A module for Resource Broker without the SDK: what an author in another language has to write. It is a test of the
// contract, too (tests/upgrades/test_foreign_module.py). module.proto is the manual; comments here say which of its
// sentences a piece of code is for. What a resource of this module *does* is in counter.js; what is here every module
// needs, whatever it does.
//
// Beside this file the build puts the contract (proto/) and what `npm ci` installs (node_modules/).
"use strict";

const path = require("path");
const grpc = require("@grpc/grpc-js");
const protoLoader = require("@grpc/proto-loader");
const {Counter} = require("./counter.js");
const {Executions} = require("./executions.js");
const {Notifications} = require("./notifications.js");

// Versions of the contract this module speaks; manifest.json says the same.
const MIN_PROTOCOL = 1;
const MAX_PROTOCOL = 1;
// An InBuffer may have 3 MiB, and properties come on top.
const MAX_MESSAGE_BYTES = 8 << 20;
// "One that has never been said Hello to within a minute has been forgotten and should end."
const HELLO_TIMEOUT_MS = 60000;
const INVALID_FUNCTION = 1; // to a control code: RHS does its default processing
const INVALID_PARAMETER = 87;

function loadContract() {
  const definition = protoLoader.loadSync("resource_broker/v1/module.proto", {
    includeDirs: [path.join(__dirname, "proto")],
    keepCase: true, // field names as in module.proto
    enums: String, // "ONLINE"; a value this module does not know comes as a number
    longs: Number,
    defaults: true,
    oneofs: true,
  });
  return grpc.loadPackageDefinition(definition).resource_broker.v1;
}

function fault(code, message) {
  return {code, details: message};
}

// A unary call; `answer` gives the response, or a promise of it, or throws a fault().
function unary(answer) {
  return async (call, callback) => {
    try {
      callback(null, (await answer(call.request)) || {});
    } catch (error) {
      callback(error.code ? error : fault(grpc.status.INTERNAL, String(error)));
    }
  };
}

// The service. `stop(graceMs)` is called when the broker asks the module to end.
function makeService(identity, stop) {
  const notifications = new Notifications();
  const executions = new Executions();
  const resources = new Map(); // name to Counter

  // A resource that is open; Execute may come for one that is not, as after a broker's restart.
  function counterOf(name) {
    if (!resources.has(name)) resources.set(name, new Counter((health, why) => notifications.setHealth(name, health, why)));
    return resources.get(name);
  }

  const handlers = {
    // "The first call: versions, and who is there."
    Hello: unary(({offer}) => {
      identity.greeted = true;
      const version = Math.min(offer.max_version, MAX_PROTOCOL);
      if (version < Math.max(offer.min_version, MIN_PROTOCOL)) {
        throw fault(grpc.status.FAILED_PRECONDITION, `no common protocol version: offered ${offer.min_version} to ` +
          `${offer.max_version}, this module speaks ${MIN_PROTOCOL} to ${MAX_PROTOCOL}`);
      }
      // No feature is chosen: this module has none.
      const choice = {version, component: identity.name, component_version: identity.version};
      return {choice, process_id: process.pid};
    }),

    // "A resource may now be operated. Again for the same resource: new properties. No work is done here."
    OpenResource: unary(({resource, properties}) => {
      const wrong = counterOf(resource).configure(properties);
      return wrong ? {win32_code: INVALID_PARAMETER, message: wrong} : {};
    }),

    CloseResource: unary(({resource}) => {
      resources.delete(resource);
      notifications.forget(resource);
    }),

    Execute: (call) => {
      const {operation, attempt, after_step: afterStep, restore, resume} = call.request;
      if (!operation || operation.id.length !== 16) {
        call.emit("error", fault(grpc.status.INVALID_ARGUMENT, "operation.id: must be 16 bytes"));
        return;
      }
      // "An enum's value 0 is never sent on purpose; a receiver refuses it, and any value it does not know."
      if (operation.kind !== "ONLINE" && operation.kind !== "OFFLINE") {
        call.emit("error", fault(grpc.status.INVALID_ARGUMENT, `operation.kind: ${operation.kind} is none`));
        return;
      }
      // "A known operation id does not run again: the call attaches to it."
      let execution = executions.find(operation.id);
      if (!execution) {
        // "Only attach: an id the module does not know is answered with NOT_FOUND, and nothing is run."
        if (resume) {
          call.emit("error", fault(grpc.status.NOT_FOUND, "not known here"));
          return;
        }
        execution = executions.begin(operation.id, operation.resource);
        const counter = counterOf(operation.resource);
        // "The resource's private properties as they were when RHS made the call."
        const wrong = counter.configure(operation.properties);
        const online = restore || operation.kind === "ONLINE";
        console.error(`${operation.resource}: ${online ? "online" : "offline"}, attempt ${attempt}`);
        if (wrong && online) {
          execution.end({outcome: "OUTCOME_FAILED", win32_code: INVALID_PARAMETER, message: wrong});
        } else {
          counter.run(online, execution);
        }
      }
      // "The stream breaking does not end the operation": the call only reads it.
      const detach = execution.attach(afterStep, (step) => call.write(step), () => call.end());
      call.on("cancelled", detach);
    },

    // "Asks a running operation to end early; its Execute then gives a result as always. Unknown ids succeed."
    Cancel: unary(({operation_id: id}) => {
      const execution = executions.find(id);
      if (execution) execution.requestEnd("OUTCOME_CANCELLED");
    }),

    // "Makes the resource unavailable at once, whatever it is doing."
    Terminate: unary(({resource}) => {
      const execution = executions.underWay(resource);
      if (execution) execution.requestEnd("OUTCOME_TERMINATED");
      counterOf(resource).reset();
    }),

    CheckHealth: unary(({resource}) => counterOf(resource).health()),

    // "A module without control codes answers 1 (default processing)."
    Control: unary(() => ({win32_code: INVALID_FUNCTION})),

    Watch: (call) => notifications.serve(call),

    // "It finishes what runs within `grace_ms` and exits with code 0."
    Stop: unary(({grace_ms: graceMs}) => {
      setImmediate(async () => {
        await executions.drain(graceMs);
        notifications.end();
        stop();
      });
    }),
  };
  return handlers;
}

function main() {
  const address = process.env.RESOURCE_BROKER_MODULE_ENDPOINT; // "unix:/…/socket"
  if (!address) {
    console.error("node_counter: a module of Resource Broker; the broker starts it (RESOURCE_BROKER_MODULE_ENDPOINT)");
    process.exit(2);
  }
  // "While there is no broker nobody reads what it prints": what fails then is no reason to end.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});

  const identity = {
    name: process.env.RESOURCE_BROKER_MODULE_NAME,
    version: process.env.RESOURCE_BROKER_MODULE_VERSION,
    greeted: false,
  };
  const server = new grpc.Server({"grpc.max_receive_message_length": MAX_MESSAGE_BYTES});
  const stop = () => {
    server.tryShutdown(() => process.exit(0));
    setTimeout(() => process.exit(0), 1000).unref();
  };
  server.addService(loadContract().ResourceModule.service, makeService(identity, stop));
  server.bindAsync(address, grpc.ServerCredentials.createInsecure(), (error) => {
    if (error) {
      console.error(`cannot listen at ${address}: ${error.message}`);
      process.exit(1);
    }
    // "Then prints exactly one line to stdout", once it listens; 1 is the version of this line.
    process.stdout.write(`RESOURCE-BROKER-MODULE|1|${address}\n`);
    setTimeout(() => identity.greeted || process.exit(1), HELLO_TIMEOUT_MS).unref();
  });
}

module.exports = {main};

/** Loaded before a program: what it connects to at Plex's port leads to the server under test, so that the programs stay as they are. */
const net = require("node:net");

const { connect } = net;
const port = Number(process.env.PORT_OF_TEST);
const redirected = ([options, ...rest]) =>
  typeof options === "object" && Number(options.port) === 32400
    ? [{ ...options, host: "127.0.0.1", port }, ...rest]
    : [options, ...rest];

net.connect = net.createConnection = (...args) => connect(...redirected(args));

// Makes the WebAssembly compiler of the npm package `solc` answer like the native `solc`, as far as
// py-solc-x, forge (and with it halmos) and slither ask it to. README.md beside this file says what is
// supported; anything else is refused as the native compiler refuses an unknown option.
"use strict";
const fs = require("fs");
const path = require("path");

const USAGE = `solc, the Solidity commandline compiler (WebAssembly build of npm's solc).

  solc --version
  solc --standard-json [--base-path DIR] [--include-path DIR]... [--allow-paths LIST] [FILE|-]
  solc --combined-json LIST [--optimize] [--optimize-runs N] [--via-ir] [--evm-version NAME]
       [--base-path DIR] [--include-path DIR]... [--allow-paths LIST] [PREFIX=PATH]... FILE...
`;

// --combined-json item -> where it stands in the standard-JSON output of a contract.
const COMBINED = {
  abi: (c) => c.abi,
  bin: (c) => c.evm.bytecode.object,
  "bin-runtime": (c) => c.evm.deployedBytecode.object,
  devdoc: (c) => c.devdoc,
  hashes: (c) => c.evm.methodIdentifiers,
  metadata: (c) => c.metadata,
  srcmap: (c) => c.evm.bytecode.sourceMap,
  "srcmap-runtime": (c) => c.evm.deployedBytecode.sourceMap,
  userdoc: (c) => c.userdoc,
};
const SELECTED = [
  "abi", "devdoc", "userdoc", "metadata", "evm.bytecode", "evm.deployedBytecode", "evm.methodIdentifiers",
];

function fail(message, code = 1) {
  write(2, message + "\n");
  process.exit(code);
}

// Output may be megabytes into a pipe: process.exit() must not come before the last byte.
function write(descriptor, text) {
  const bytes = Buffer.from(text);
  for (let done = 0; done < bytes.length; ) {
    try {
      done += fs.writeSync(descriptor, bytes, done);
    } catch (error) {
      if (error.code !== "EAGAIN") throw error;
    }
  }
}

function loadCompiler() {
  // The emscripten module installs handlers that swallow every later error: take them off again.
  const events = ["uncaughtException", "unhandledRejection"];
  const before = events.map((event) => process.listeners(event));
  try {
    return require("solc");
  } catch (error) {
    if (error.code !== "MODULE_NOT_FOUND") throw error;
    return fail("solc: the npm package `solc` is missing. Run `npm ci` in the folder contracts/.", 127);
  } finally {
    events.forEach((event, i) => {
      process.removeAllListeners(event);
      before[i].forEach((listener) => process.addListener(event, listener));
    });
  }
}

function parse(args) {
  const found = { roots: [""], settings: { optimizer: {} }, remappings: [], files: [] };
  for (let i = 0; i < args.length; i++) {
    const cut = args[i].startsWith("--") ? args[i].indexOf("=") : -1;
    const name = cut < 0 ? args[i] : args[i].slice(0, cut);
    const value = () => {
      const given = cut < 0 ? args[++i] : args[i].slice(cut + 1);
      return given === undefined ? fail(`the required argument for option '${name}' is missing`) : given;
    };
    switch (name) {
      case "--version": found.version = true; break;
      case "--help": found.help = true; break;
      case "--standard-json": found.standardJson = true; if (cut >= 0) found.files.push(value()); break;
      case "--combined-json": found.combined = value().split(","); break;
      case "--base-path": found.roots[0] = value(); break;
      case "--include-path": found.roots.push(value()); break;
      case "--allow-paths": value(); break; // every file that the user can read may be imported
      case "--optimize": found.settings.optimizer.enabled = true; break;
      case "--optimize-runs":
        found.settings.optimizer = { enabled: true, runs: Number(value()) };
        break;
      case "--via-ir": found.settings.viaIR = true; break;
      case "--evm-version": found.settings.evmVersion = value(); break;
      default:
        if (name.startsWith("-") && name !== "-") fail(`unrecognised option '${name}'`);
        (name !== "-" && name.includes("=") ? found.remappings : found.files).push(name);
    }
  }
  return found;
}

function importer(roots) {
  return (name) => {
    const places = path.isAbsolute(name) ? [name] : roots.map((root) => path.join(root, name));
    const place = places.find((file) => fs.existsSync(file));
    return place
      ? { contents: fs.readFileSync(place, "utf8") }
      : { error: `File not found. Searched the following locations: ${places.join(", ")}.` };
  };
}

// Builtins (msg, abi, require ...) have negative AST ids; the 32-bit build prints them as 2**32 - n.
function nativeIds(text) {
  const negative = (digits) => String(Number(digits) - 2 ** 32);
  return text
    .replace(/("referencedDeclaration":\s*)(42949\d{5})/g, (_, key, digits) => key + negative(digits))
    .replace(/"overloadedDeclarations":\s*\[[^\]]*\]/g, (list) => list.replace(/42949\d{5}/g, negative));
}

function compile(solc, input, options) {
  return nativeIds(solc.compile(input, { import: importer(options.roots) }));
}

function combinedJson(solc, options) {
  const unknown = options.combined.filter((item) => item !== "ast" && !(item in COMBINED));
  if (unknown.length) fail(`Invalid option to --combined-json: ${unknown.join(",")}`);
  const sources = Object.fromEntries(
    options.files.map((file) => [file, { content: fs.readFileSync(file, "utf8") }]));
  const settings = { ...options.settings, remappings: options.remappings,
    outputSelection: { "*": { "": ["ast"], "*": SELECTED } } };
  const output = JSON.parse(
    compile(solc, JSON.stringify({ language: "Solidity", sources, settings }), options));
  const errors = output.errors || [];
  errors.forEach((error) => write(2, error.formattedMessage + "\n"));
  if (errors.some((error) => error.severity === "error")) process.exit(1);

  const result = { contracts: {}, sourceList: [], sources: {}, version: solc.version() };
  const inOrder = Object.entries(output.sources).sort((a, b) => a[1].id - b[1].id);
  for (const [file, source] of inOrder) {
    result.sourceList.push(file);
    if (options.combined.includes("ast")) result.sources[file] = { AST: source.ast };
  }
  for (const [file, contracts] of Object.entries(output.contracts || {})) {
    for (const [name, contract] of Object.entries(contracts)) {
      const items = options.combined.filter((item) => item in COMBINED);
      result.contracts[`${file}:${name}`] =
        Object.fromEntries(items.map((item) => [item, COMBINED[item](contract)]));
    }
  }
  return JSON.stringify(result);
}

function main() {
  const options = parse(process.argv.slice(2));
  if (options.help) return write(1, USAGE);
  const solc = loadCompiler();
  if (options.version) {
    return write(1, `solc, the solidity compiler commandline interface\nVersion: ${solc.version()}\n`);
  }
  if (options.standardJson) {
    const input = fs.readFileSync(options.files[0] && options.files[0] !== "-" ? options.files[0] : 0, "utf8");
    return write(1, compile(solc, input, options) + "\n");
  }
  if (options.combined && options.files.length) return write(1, combinedJson(solc, options) + "\n");
  return fail(USAGE);
}

main();

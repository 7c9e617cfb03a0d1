import assert from "node:assert/strict";
import {
  isLocalName,
  isPublicAddress,
} from "../../src/tools/public_address.ts";

const PUBLIC = [
  "8.8.8.8",
  "93.184.216.34",
  "172.15.255.255",
  "172.32.0.1",
  "192.167.1.1",
  "100.63.255.255",
  "100.128.0.1",
  "223.255.255.254",
  "2606:4700:4700::1111",
  "2a00:1450:4001:81b::200e",
  "::ffff:8.8.8.8",
  "64:ff9b::808:808",
];

for (const address of PUBLIC) {
  Deno.test(`isPublicAddress() says yes to ${address}`, async () => {
    assert.equal(await isPublicAddress(address), true);
  });
}

// what it is, the address
const OTHERS = [
  ["this machine", "127.0.0.1"],
  ["this machine", "127.1.2.3"],
  ["any of this machine's", "0.0.0.0"],
  ["this network", "0.1.2.3"],
  ["private", "10.0.0.1"],
  ["private", "172.16.0.1"],
  ["private", "172.31.255.255"],
  ["private", "192.168.0.1"],
  ["a provider's", "100.64.0.1"],
  ["a cloud's metadata", "169.254.169.254"],
  ["a cloud's metadata", "100.100.100.200"],
  ["a cloud's metadata", "192.0.0.192"],
  ["a cloud's metadata", "168.63.129.16"],
  ["a cloud's metadata", "fd00:ec2::254"],
  ["a link's", "169.254.1.1"],
  ["a group", "224.0.0.1"],
  ["a group", "239.255.255.250"],
  ["everybody", "255.255.255.255"],
  ["reserved", "240.0.0.1"],
  ["the documentation's", "192.0.2.1"],
  ["the documentation's", "198.51.100.1"],
  ["the documentation's", "203.0.113.1"],
  ["for measurements", "198.18.0.1"],
  ["this machine", "::1"],
  ["none", "::"],
  ["a link's", "fe80::1"],
  ["a link's, with its name", "fe80::1%eth0"],
  ["a site's", "fec0::1"],
  ["private", "fc00::1"],
  ["private", "fdff::1"],
  ["a group", "ff02::1"],
  ["the documentation's", "2001:db8::1"],
  ["this machine, mapped", "::ffff:127.0.0.1"],
  ["this machine, mapped, in hex", "::ffff:7f00:1"],
  ["private, mapped", "::ffff:10.0.0.1"],
  ["a cloud's metadata, mapped", "::ffff:a9fe:a9fe"],
  ["this machine, translated", "64:ff9b::7f00:1"],
  ["private, translated", "64:ff9b::a00:1"],
  ["this machine, by 6to4", "2002:7f00:1::"],
  ["through Teredo", "2001:0:7f00:1::"],
  ["no address", "example.com"],
  ["no address", ""],
] as const;

for (const [what, address] of OTHERS) {
  Deno.test(`isPublicAddress() says no to ${address}: ${what}`, async () => {
    assert.equal(await isPublicAddress(address), false);
  });
}

// the name, whether it is a local one
const NAMES = [
  ["example.com", false],
  ["localhost.example.com", false],
  ["internal.example", false],
  ["localhost", true],
  ["LOCALHOST", true],
  ["localhost.", true],
  ["a.localhost", true],
  ["intranet", true],
  ["printer.local", true],
  ["metadata.google.internal", true],
  ["router.home.arpa", true],
  ["nas.lan", true],
] as const;

for (const [name, local] of NAMES) {
  Deno.test(`isLocalName() says ${local ? "yes" : "no"} to ${name}`, () => {
    assert.equal(isLocalName(name), local);
  });
}

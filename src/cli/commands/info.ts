import { BdAddr } from '../../core/address.js';
import { hexCode, toHex } from '../../core/hex.js';
import type { Device } from '../../gap/index.js';
import { leFeatureNames } from '../../hci/features.js';
import type { Command, CommandContext } from '../command.js';
import { coreVersion, manufacturerName, setBits } from '../facts.js';
import { withDevice } from '../opening.js';
import { type Output, printable } from '../output.js';

/** `bluewire info`: what the controller is and can. */
export const infoCommand: Command = {
  name: 'info',
  summary: 'tell what the controller is and can',
  description: 'Opens the controller and prints its version, manufacturer, address, features and buffers.',
  options: {},
  timeoutSeconds: 30,
  async run(context: CommandContext): Promise<void> {
    await withDevice(context, async (device) => {
      const { output, options } = context;
      if (options.has('json')) await output.json(facts(device));
      else for (const line of table(device, output)) await output.line(line);
    });
  },
};

/** The facts as they go into JSON. */
function facts(device: Device) {
  const { controller, address, host } = device;
  const { hciVersion, hciSubversion, lmpVersion, lmpSubversion, companyIdentifier } = controller;
  return {
    port: host.transport.name,
    address: address.bd,
    addressType: address.isRandom ? 'random' : 'public',
    publicAddress: publicAddress(device) ?? null,
    coreVersion: coreVersion(hciVersion) ?? null,
    hci: { version: hciVersion, subversion: hciSubversion },
    lmp: { version: lmpVersion, subversion: lmpSubversion },
    manufacturer: { companyIdentifier, name: manufacturerName(companyIdentifier) ?? null },
    leFeatures: { mask: toHex(controller.leFeatures), names: leFeatureNames(controller.leFeatures) },
    lmpFeatures: toHex(controller.features),
    supportedCommands: toHex(controller.supportedCommands),
    aclBuffers: { length: controller.aclDataLength, count: controller.aclDataPackets },
    ...(controller.bootText === undefined ? {} : { bootText: controller.bootText }),
  };
}

function table(device: Device, output: Output): string[] {
  const { controller, address, host } = device;
  const { hciVersion, hciSubversion, lmpVersion, lmpSubversion, companyIdentifier } = controller;
  const version = coreVersion(hciVersion);
  const company = manufacturerName(companyIdentifier);
  const features = leFeatureNames(controller.leFeatures);
  const rows: (readonly [string, string])[] = [
    ['Port', host.transport.name],
    ['Address', `${address.bd} (${address.isRandom ? 'random' : 'public'})`],
  ];
  if (publicAddress(device) === undefined) rows.push(['', 'the controller has no public address']);
  rows.push(
    [
      'Bluetooth',
      `${version ?? 'unknown version'} (HCI version ${hciVersion}, subversion ${hexCode(hciSubversion, 4)})`,
    ],
    ['Link layer', `version ${lmpVersion}, subversion ${hexCode(lmpSubversion, 4)}`],
    ['Manufacturer', `${hexCode(companyIdentifier, 4)}${company === undefined ? '' : ` ${company}`}`],
    ['Commands', `${setBits(controller.supportedCommands).length} supported`],
    ['ACL buffers', `${controller.aclDataPackets} of ${controller.aclDataLength} octets`],
    ...features.map((name, i) => [i === 0 ? 'LE features' : '', name] as const),
  );
  if (controller.bootText !== undefined) rows.push(['Boot text', printable(controller.bootText)]);
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, text]) => `${output.emphasise(name.padEnd(width), 'bold')}  ${text}`);
}

function publicAddress({ controller }: Device): BdAddr | undefined {
  return controller.publicAddress.equals(BdAddr.zero) ? undefined : controller.publicAddress;
}

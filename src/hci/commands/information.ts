/** Commands that ask the controller what it is and what it can: Core Vol 4, Part E, 7.4 and 7.8. */
import { bdAddr, list, octets, sized, struct, u8, u16, u32 } from '../../core/codec.js';
import { command } from '../definition.js';
import { microsecondsU24, status } from '../fields/common.js';
import {
  codecTransports,
  codingFormat,
  companyIdentifier,
  coreVersion,
  dataPathDirection,
  leFeaturePages,
  leFeatures,
  lmpFeatures,
  logicalTransportType,
  supportedCommands,
} from '../fields/controller.js';

const octets5 = /* @__PURE__ */ octets(5);
const octets8 = /* @__PURE__ */ octets(8);
const sizedU8 = /* @__PURE__ */ sized(u8);

/** Reads the versions and the manufacturer of the controller. Core Vol 4, Part E, 7.4.1 */
export const readLocalVersionInformation = /* @__PURE__ */ command(0x1001, 'Read_Local_Version_Information', {
  section: '7.4.1',
  supported: [14, 3],
  since: '1.1',
  returns: {
    status,
    hciVersion: coreVersion,
    hciSubversion: u16,
    lmpVersion: coreVersion,
    companyIdentifier,
    lmpSubversion: u16,
  },
});

/** Reads the 64 octets of the Supported_Commands mask (6.27). Core Vol 4, Part E, 7.4.2 */
export const readLocalSupportedCommands = /* @__PURE__ */ command(0x1002, 'Read_Local_Supported_Commands', {
  section: '7.4.2',
  supported: [14, 4],
  since: '1.2',
  returns: { status, supportedCommands },
});

/** Reads page 0 of the LMP features. Core Vol 4, Part E, 7.4.3 */
export const readLocalSupportedFeatures = /* @__PURE__ */ command(0x1003, 'Read_Local_Supported_Features', {
  section: '7.4.3',
  supported: [14, 5],
  since: '1.1',
  returns: { status, lmpFeatures },
});

/** Reads a page of the LMP features. Core Vol 4, Part E, 7.4.4 */
export const readLocalExtendedFeatures = /* @__PURE__ */ command(0x1004, 'Read_Local_Extended_Features', {
  section: '7.4.4',
  supported: [14, 6],
  since: '1.2',
  parameters: { pageNumber: u8 },
  returns: { status, pageNumber: u8, maxPageNumber: u8, extendedLmpFeatures: octets8 },
});

/**
 * Reads the buffers for ACL and synchronous data that BR/EDR has, and LE where it has none of its own.
 * Core Vol 4, Part E, 7.4.5
 */
export const readBufferSize = /* @__PURE__ */ command(0x1005, 'Read_Buffer_Size', {
  section: '7.4.5',
  supported: [14, 7],
  since: '1.1',
  returns: {
    status,
    aclDataPacketLength: u16,
    synchronousDataPacketLength: u8,
    totalNumAclDataPackets: u16,
    totalNumSynchronousDataPackets: u16,
  },
});

/** Reads the public address; all zeros where there is none. Core Vol 4, Part E, 7.4.6 */
export const readBdAddr = /* @__PURE__ */ command(0x1009, 'Read_BD_ADDR', {
  section: '7.4.6',
  supported: [15, 1],
  since: '1.1',
  returns: { status, bdAddr },
});

/** Reads the buffers for LE ACL data; zero where those of BR/EDR are shared. Core Vol 4, Part E, 7.8.2 */
export const leReadBufferSizeV1 = /* @__PURE__ */ command(0x2002, 'LE_Read_Buffer_Size [v1]', {
  section: '7.8.2',
  supported: [25, 1],
  since: '4.0',
  returns: { status, leAclDataPacketLength: u16, totalNumLeAclDataPackets: u8 },
});

/** Reads the buffers for LE ACL and ISO data. Core Vol 4, Part E, 7.8.2 */
export const leReadBufferSizeV2 = /* @__PURE__ */ command(0x2060, 'LE_Read_Buffer_Size [v2]', {
  section: '7.8.2',
  supported: [41, 5],
  features: [
    'connectedIsochronousStreamCentral',
    'connectedIsochronousStreamPeripheral',
    'isochronousBroadcaster',
    'synchronizedReceiver',
  ],
  since: '5.2',
  returns: {
    status,
    leAclDataPacketLength: u16,
    totalNumLeAclDataPackets: u8,
    isoDataPacketLength: u16,
    totalNumIsoDataPackets: u8,
  },
});

/** Reads page 0 of the LE features. Core Vol 4, Part E, 7.8.3 */
export const leReadLocalSupportedFeaturesPage0 = /* @__PURE__ */ command(
  0x2003,
  'LE_Read_Local_Supported_Features_Page_0',
  {
    section: '7.8.3',
    supported: [25, 2],
    since: '4.0',
    returns: { status, leFeatures },
  },
);

/** Reads all pages of the LE features. Core Vol 4, Part E, 7.8.128 */
export const leReadAllLocalSupportedFeatures = /* @__PURE__ */ command(
  0x2087,
  'LE_Read_All_Local_Supported_Features',
  {
    section: '7.8.128',
    supported: [47, 2],
    features: ['llExtendedFeatureSet'],
    since: '6.0',
    returns: { status, maxPage: u8, leFeatures: leFeaturePages },
  },
);

/** Reads the combinations of states and roles that the Link Layer can be in. Core Vol 4, Part E, 7.8.27 */
export const leReadSupportedStates = /* @__PURE__ */ command(0x201c, 'LE_Read_Supported_States', {
  section: '7.8.27',
  supported: [28, 3],
  since: '4.0',
  returns: { status, leStates: octets8 },
});

/** Reads the codecs that the controller has. Core Vol 4, Part E, 7.4.8 */
export const readLocalSupportedCodecsV1 = /* @__PURE__ */ command(
  0x100b,
  'Read_Local_Supported_Codecs [v1]',
  {
    section: '7.4.8',
    supported: [29, 5],
    since: '4.1',
    returns: {
      status,
      standardCodecIds: /* @__PURE__ */ list(u8, u8),
      vendorSpecificCodecIds: /* @__PURE__ */ list(u8, u32),
    },
  },
);

/** Reads the codecs that the controller has, with the transports they serve. Core Vol 4, Part E, 7.4.8 */
export const readLocalSupportedCodecsV2 = /* @__PURE__ */ command(
  0x100d,
  'Read_Local_Supported_Codecs [v2]',
  {
    section: '7.4.8',
    supported: [45, 2],
    since: '5.2',
    returns: {
      status,
      standardCodecs: /* @__PURE__ */ list(
        u8,
        /* @__PURE__ */ struct({
          standardCodecId: codingFormat,
          standardCodecTransport: codecTransports,
        }),
      ),
      vendorSpecificCodecs: /* @__PURE__ */ list(
        u8,
        /* @__PURE__ */ struct({
          vendorSpecificCodecId: u32,
          vendorSpecificCodecTransport: codecTransports,
        }),
      ),
    },
  },
);

/** Reads what a codec can. Core Vol 4, Part E, 7.4.10 */
export const readLocalSupportedCodecCapabilities = /* @__PURE__ */ command(
  0x100e,
  'Read_Local_Supported_Codec_Capabilities',
  {
    section: '7.4.10',
    supported: [45, 3],
    since: '5.2',
    parameters: {
      codecId: octets5,
      logicalTransportType,
      direction: dataPathDirection,
    },
    returns: { status, codecCapabilities: /* @__PURE__ */ list(u8, sizedU8) },
  },
);

/** Reads the delay of a codec in the controller, in microseconds. Core Vol 4, Part E, 7.4.11 */
export const readLocalSupportedControllerDelay = /* @__PURE__ */ command(
  0x100f,
  'Read_Local_Supported_Controller_Delay',
  {
    section: '7.4.11',
    supported: [45, 4],
    since: '5.2',
    parameters: {
      codecId: octets5,
      logicalTransportType,
      direction: dataPathDirection,
      codecConfiguration: sizedU8,
    },
    returns: { status, minControllerDelay: microsecondsU24, maxControllerDelay: microsecondsU24 },
  },
);

/** Reads how many entries the resolving list has room for. Core Vol 4, Part E, 7.8.41 */
export const leReadResolvingListSize = /* @__PURE__ */ command(0x202a, 'LE_Read_Resolving_List_Size', {
  section: '7.8.41',
  supported: [34, 6],
  features: ['llPrivacy'],
  since: '4.2',
  returns: { status, resolvingListSize: u8 },
});

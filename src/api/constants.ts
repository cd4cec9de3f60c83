/** The constants of the Pycom API, numbers and names to the letter. `Bluetooth` inherits them: `Bluetooth.PROP_READ`. */
// biome-ignore lint/complexity/noStaticOnlyClass: the class `Bluetooth` gets its documented, typed constants by inheriting them
export class BluetoothConstants {
  /** Mode: the only one there is. */
  static readonly BLE = 0;

  /** Antenna: the one on the board. */
  static readonly INT_ANT = 0;
  /** Antenna: the connector. */
  static readonly EXT_ANT = 1;
  /** Antenna: left to the program. */
  static readonly MAN_ANT = 2;

  /** Advertisement type: connectable and scannable (ADV_IND). */
  static readonly CONN_ADV = 0;
  /** Advertisement type: connectable, to one peer (ADV_DIRECT_IND). */
  static readonly CONN_DIR_ADV = 1;
  /** Advertisement type: scannable (ADV_SCAN_IND). */
  static readonly DISC_ADV = 2;
  /** Advertisement type: neither connectable nor scannable (ADV_NONCONN_IND). */
  static readonly NON_CONN_ADV = 3;
  /** Advertisement type: a scan response, when merging is off. */
  static readonly SCAN_RSP = 4;

  /** Address type: public. */
  static readonly PUBLIC_ADDR = 0;
  /** Address type: random. */
  static readonly RANDOM_ADDR = 1;
  /** Address type: the public identity behind a resolvable private address. */
  static readonly PUBLIC_RPA_ADDR = 2;
  /** Address type: the random identity behind a resolvable private address. */
  static readonly RANDOM_RPA_ADDR = 3;

  /** Advertisement data: flags. */
  static readonly ADV_FLAG = 0x01;
  /** Advertisement data: some of the 16-bit service UUIDs. */
  static readonly ADV_16SRV_PART = 0x02;
  /** Advertisement data: all of the 16-bit service UUIDs (the name is the firmware's). */
  static readonly ADV_T16SRV_CMPL = 0x03;
  /** Advertisement data: some of the 32-bit service UUIDs. */
  static readonly ADV_32SRV_PART = 0x04;
  /** Advertisement data: all of the 32-bit service UUIDs. */
  static readonly ADV_32SRV_CMPL = 0x05;
  /** Advertisement data: some of the 128-bit service UUIDs. */
  static readonly ADV_128SRV_PART = 0x06;
  /** Advertisement data: all of the 128-bit service UUIDs. */
  static readonly ADV_128SRV_CMPL = 0x07;
  /** Advertisement data: the shortened name. */
  static readonly ADV_NAME_SHORT = 0x08;
  /** Advertisement data: the complete name. */
  static readonly ADV_NAME_CMPL = 0x09;
  /** Advertisement data: TX power in dBm. */
  static readonly ADV_TX_PWR = 0x0a;
  /** Advertisement data: class of device. */
  static readonly ADV_DEV_CLASS = 0x0d;
  /** Advertisement data: data of a service with a 16-bit UUID. */
  static readonly ADV_SERVICE_DATA = 0x16;
  /** Advertisement data: appearance. */
  static readonly ADV_APPEARANCE = 0x19;
  /** Advertisement data: advertising interval in units of 0.625 ms. */
  static readonly ADV_ADV_INT = 0x1a;
  /** Advertisement data: data of a service with a 32-bit UUID. */
  static readonly ADV_32SERVICE_DATA = 0x20;
  /** Advertisement data: data of a service with a 128-bit UUID. */
  static readonly ADV_128SERVICE_DATA = 0x21;
  /** Advertisement data: manufacturer specific, company identifier first. */
  static readonly ADV_MANUFACTURER_DATA = 0xff;

  /** Property: broadcast in advertisements. */
  static readonly PROP_BROADCAST = 0x01;
  /** Property: can be read. */
  static readonly PROP_READ = 0x02;
  /** Property: can be written without response. */
  static readonly PROP_WRITE_NR = 0x04;
  /** Property: can be written. */
  static readonly PROP_WRITE = 0x08;
  /** Property: notifies. */
  static readonly PROP_NOTIFY = 0x10;
  /** Property: indicates. */
  static readonly PROP_INDICATE = 0x20;
  /** Property: takes signed writes. */
  static readonly PROP_AUTH = 0x40;
  /** Property: has the Extended Properties descriptor. */
  static readonly PROP_EXT_PROP = 0x80;

  /** Permission: read. */
  static readonly PERM_READ = 0x001;
  /** Permission: read on an encrypted link. */
  static readonly PERM_READ_ENCRYPTED = 0x002;
  /** Permission: read on a link encrypted after authenticated pairing. */
  static readonly PERM_READ_ENC_MITM = 0x004;
  /** Permission: write. */
  static readonly PERM_WRITE = 0x010;
  /** Permission: write on an encrypted link. */
  static readonly PERM_WRITE_ENCRYPTED = 0x020;
  /** Permission: write on a link encrypted after authenticated pairing. */
  static readonly PERM_WRITE_ENC_MITM = 0x040;
  /** Permission: signed write. */
  static readonly PERM_WRITE_SIGNED = 0x080;
  /** Permission: signed write after authenticated pairing. */
  static readonly PERM_WRITE_SIGNED_MITM = 0x100;

  /** `config()`: the client wants notifications. */
  static readonly CHAR_CONFIG_NOTIFY = 1;
  /** `config()`: the client wants indications. */
  static readonly CHAR_CONFIG_INDICATE = 2;

  /** Event: an advertisement came. */
  static readonly NEW_ADV_EVENT = 0x01;
  /** Event: a client connected to this server. */
  static readonly CLIENT_CONNECTED = 0x02;
  /** Event: a client left. */
  static readonly CLIENT_DISCONNECTED = 0x04;
  /** Event: a client reads. */
  static readonly CHAR_READ_EVENT = 0x08;
  /** Event: a client wrote. */
  static readonly CHAR_WRITE_EVENT = 0x10;
  /** Event: a server notified. */
  static readonly CHAR_NOTIFY_EVENT = 0x20;
  /** Event: a client subscribed or unsubscribed. */
  static readonly CHAR_SUBSCRIBE_EVENT = 0x80;

  /** Advertising: connectable and scannable. */
  static readonly ADV_TYPE_IND = 0;
  /** Advertising: to one peer, high duty cycle. */
  static readonly ADV_TYPE_DIRECT_IND_HIGH = 1;
  /** Advertising: scannable. */
  static readonly ADV_TYPE_SCAN_IND = 2;
  /** Advertising: neither connectable nor scannable. */
  static readonly ADV_TYPE_NONCONN_IND = 3;
  /** Advertising: to one peer, low duty cycle. */
  static readonly ADV_TYPE_DIRECT_IND_LOW = 4;

  /** Own address: public. */
  static readonly ADV_BLE_ADDR_TYPE_PUBLIC = 0;
  /** Own address: random. */
  static readonly ADV_BLE_ADDR_TYPE_RANDOM = 1;
  /** Own address: a resolvable private one, else the public one. */
  static readonly ADV_BLE_ADDR_TYPE_RPA_PUBLIC = 2;
  /** Own address: a resolvable private one, else the random one. */
  static readonly ADV_BLE_ADDR_TYPE_RPA_RANDOM = 3;

  /** Advertising channel 37. */
  static readonly ADV_CHNL_37 = 1;
  /** Advertising channel 38. */
  static readonly ADV_CHNL_38 = 2;
  /** Advertising channel 39. */
  static readonly ADV_CHNL_39 = 4;
  /** All three advertising channels. */
  static readonly ADV_CHNL_ALL = 7;

  /** Scan requests and connections from anybody. */
  static readonly ADV_FILTER_ALLOW_SCAN_ANY_CON_ANY = 0;
  /** Scan requests from the accept list only. */
  static readonly ADV_FILTER_ALLOW_SCAN_WLST_CON_ANY = 1;
  /** Connections from the accept list only. */
  static readonly ADV_FILTER_ALLOW_SCAN_ANY_CON_WLST = 2;
  /** Scan requests and connections from the accept list only. */
  static readonly ADV_FILTER_ALLOW_SCAN_WLST_CON_WLST = 3;

  /** TX power of connections. */
  static readonly TX_PWR_CONN = 0;
  /** TX power of advertising. */
  static readonly TX_PWR_ADV = 9;
  /** TX power of scan requests. */
  static readonly TX_PWR_SCAN = 10;
  /** TX power of whatever has none of its own. */
  static readonly TX_PWR_DEFAULT = 11;
  /** −12 dBm. */
  static readonly TX_PWR_N12 = 0;
  /** −9 dBm. */
  static readonly TX_PWR_N9 = 1;
  /** −6 dBm. */
  static readonly TX_PWR_N6 = 2;
  /** −3 dBm. */
  static readonly TX_PWR_N3 = 3;
  /** 0 dBm. */
  static readonly TX_PWR_0 = 4;
  /** 3 dBm. */
  static readonly TX_PWR_P3 = 5;
  /** 6 dBm. */
  static readonly TX_PWR_P6 = 6;
  /** 9 dBm. */
  static readonly TX_PWR_P9 = 7;
}

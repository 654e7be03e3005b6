const VERSION = '0.1.0';

/** Readers and their version as recorded in every artifact; the version is the package's, which a test holds it to. */
export const TIFF_READER = Object.freeze({ name: 'slidestream-tiff', version: VERSION });
export const DICOM_READER = Object.freeze({ name: 'slidestream-dicom', version: VERSION });
export const IMAGE_READER = Object.freeze({ name: 'slidestream-image', version: VERSION });

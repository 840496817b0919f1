// ZIP archives in memory and as a stream. Written and read by minizip (zlib's own); nothing is ever written to a file.
//
// Source: PKWARE APPNOTE 6.3; minizip 1.1 zip.h and unzip.h (zlib 1.2.13, 2022). One thread at a time.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace whinchat::chat {

// Reads entries of an archive that lies in memory. Bounds: limits::kArchiveEntries, and limits::kArchiveTextBytes for all
// that is decompressed, whatever the archive says about its sizes. All errors are kInvalidRequest or kTooLarge.
class ZipReader {
 public:
  // bytes: must outlive the reader.
  static Result<std::unique_ptr<ZipReader>> open(std::string_view bytes);
  ~ZipReader();

  const std::vector<std::string>& names() const;   // as they stand in the archive, any bytes; longer than 1 KiB: cut
  Result<void> enter(size_t index);                // from now on read() gives this entry
  Result<std::string_view> read();                 // the next bytes; empty: the end, its checksum is right

 private:
  struct Impl;
  explicit ZipReader(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// Makes an archive piece by piece. Memory: the entry that is open, compressed, and 100 bytes for each before.
class ZipWriter {
 public:
  ZipWriter();
  ~ZipWriter();

  // name: ASCII, '/' between folders. modified_ms: epoch.
  Result<void> open_entry(const std::string& name, int64_t modified_ms);
  Result<void> write(std::string_view bytes);
  Result<void> close_entry();
  Result<void> finish();              // writes the directory; nothing may follow
  std::string take();                 // what is final and was not taken yet

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace whinchat::chat

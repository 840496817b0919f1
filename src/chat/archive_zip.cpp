#include "chat/archive_zip.h"

#include <minizip/unzip.h>
#include <minizip/zip.h>
#include <zlib.h>

#include <algorithm>
#include <chrono>
#include <cstring>

#include "base/limits.h"

namespace whinchat::chat {

namespace {

Error damaged() { return {ErrorCode::kInvalidRequest, "The ZIP archive is damaged, encrypted, or of a kind that is not known here.", ""}; }
Error cannot_write() { return {ErrorCode::kInternal, "The archive could not be written.", "minizip"}; }

// What minizip takes for a file.
struct Memory {
  std::string_view bytes;
  uint64_t at = 0;
};

void* open_memory(void* opaque, const void*, int) { return opaque; }
int close_memory(void*, void*) { return 0; }
int no_error(void*, void*) { return 0; }
uLong no_write(void*, void*, const void*, uLong) { return 0; }
ZPOS64_T tell_memory(void*, void* stream) { return static_cast<Memory*>(stream)->at; }

uLong read_memory(void*, void* stream, void* out, uLong size) {
  auto& memory = *static_cast<Memory*>(stream);
  const uint64_t left = memory.at < memory.bytes.size() ? memory.bytes.size() - memory.at : 0;
  const uint64_t count = std::min<uint64_t>(left, size);
  if (count > 0) std::memcpy(out, memory.bytes.data() + memory.at, count);
  memory.at += count;
  return static_cast<uLong>(count);
}

// Where a seek leads; below zero: nowhere.
int64_t place_of(uint64_t at, uint64_t end, ZPOS64_T offset, int origin) {
  const auto by = static_cast<int64_t>(offset);
  if (origin == ZLIB_FILEFUNC_SEEK_SET) return by;
  return static_cast<int64_t>(origin == ZLIB_FILEFUNC_SEEK_CUR ? at : end) + by;
}

long seek_memory(void*, void* stream, ZPOS64_T offset, int origin) {
  auto& memory = *static_cast<Memory*>(stream);
  const int64_t to = place_of(memory.at, memory.bytes.size(), offset, origin);
  if (to < 0 || to > static_cast<int64_t>(memory.bytes.size())) return -1;
  memory.at = static_cast<uint64_t>(to);
  return 0;
}

// The end of an endless file: what lies before `base` has been given away.
struct Window {
  std::string bytes;
  uint64_t base = 0;
  uint64_t at = 0;
};

ZPOS64_T tell_window(void*, void* stream) { return static_cast<Window*>(stream)->at; }
uLong no_read(void*, void*, void*, uLong) { return 0; }

uLong write_window(void*, void* stream, const void* data, uLong size) {
  auto& window = *static_cast<Window*>(stream);
  if (window.at < window.base) return 0;
  const size_t from = window.at - window.base;
  if (window.bytes.size() < from + size) window.bytes.resize(from + size);
  std::memcpy(window.bytes.data() + from, data, size);
  window.at += size;
  return size;
}

long seek_window(void*, void* stream, ZPOS64_T offset, int origin) {
  auto& window = *static_cast<Window*>(stream);
  const uint64_t end = window.base + window.bytes.size();
  const int64_t to = place_of(window.at, end, offset, origin);
  if (to < static_cast<int64_t>(window.base) || to > static_cast<int64_t>(end)) return -1;
  window.at = static_cast<uint64_t>(to);
  return 0;
}

tm_zip zip_time(int64_t epoch_ms) {
  using namespace std::chrono;
  const sys_time<milliseconds> moment{milliseconds(std::max<int64_t>(epoch_ms, 315'532'800'000))};  // the format begins in 1980
  const auto day = floor<days>(moment);
  const year_month_day date{day};
  const hh_mm_ss time{moment - day};
  tm_zip out{};
  out.tm_year = static_cast<int>(date.year());
  out.tm_mon = static_cast<int>(static_cast<unsigned>(date.month())) - 1;
  out.tm_mday = static_cast<int>(static_cast<unsigned>(date.day()));
  out.tm_hour = static_cast<int>(time.hours().count());
  out.tm_min = static_cast<int>(time.minutes().count());
  out.tm_sec = static_cast<int>(time.seconds().count());
  return out;
}

}  // namespace

struct ZipReader::Impl {
  Memory memory;
  zlib_filefunc64_def calls{};
  unzFile file = nullptr;
  bool entered = false;
  std::vector<std::string> names;
  std::vector<unz64_file_pos> places;
  uint64_t decompressed = 0;
  uint64_t left = 0;          // of the entry, as the directory says
  std::string buffer;
};

ZipReader::ZipReader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

ZipReader::~ZipReader() {
  if (impl_->entered) unzCloseCurrentFile(impl_->file);
  if (impl_->file) unzClose(impl_->file);
}

const std::vector<std::string>& ZipReader::names() const { return impl_->names; }

Result<std::unique_ptr<ZipReader>> ZipReader::open(std::string_view bytes) {
  auto impl = std::make_unique<Impl>();
  impl->memory.bytes = bytes;
  impl->calls = {open_memory, read_memory, no_write, tell_memory, seek_memory, close_memory, no_error, &impl->memory};
  impl->file = unzOpen2_64("", &impl->calls);
  if (!impl->file) return damaged();
  std::unique_ptr<ZipReader> reader(new ZipReader(std::move(impl)));
  Impl& own = *reader->impl_;
  unz_global_info64 about{};
  if (unzGetGlobalInfo64(own.file, &about) != UNZ_OK) return damaged();
  if (about.number_entry > limits::kArchiveEntries) return Error{ErrorCode::kTooLarge, "The ZIP archive holds too many files.", ""};
  int at = unzGoToFirstFile(own.file);
  for (; at == UNZ_OK; at = unzGoToNextFile(own.file)) {
    if (own.names.size() >= limits::kArchiveEntries) return Error{ErrorCode::kTooLarge, "The ZIP archive holds too many files.", ""};
    char name[1025] = {};
    unz_file_info64 info{};
    unz64_file_pos place{};
    if (unzGetCurrentFileInfo64(own.file, &info, name, sizeof name - 1, nullptr, 0, nullptr, 0) != UNZ_OK) return damaged();
    if (unzGetFilePos64(own.file, &place) != UNZ_OK) return damaged();
    own.names.emplace_back(name);
    own.places.push_back(place);
  }
  if (at != UNZ_END_OF_LIST_OF_FILE) return damaged();
  return reader;
}

Result<void> ZipReader::enter(size_t index) {
  Impl& own = *impl_;
  if (own.entered) unzCloseCurrentFile(own.file);
  own.entered = false;
  if (index >= own.places.size()) return damaged();
  if (unzGoToFilePos64(own.file, &own.places[index]) != UNZ_OK || unzOpenCurrentFile(own.file) != UNZ_OK) return damaged();
  own.entered = true;
  unz_file_info64 info{};
  if (unzGetCurrentFileInfo64(own.file, &info, nullptr, 0, nullptr, 0, nullptr, 0) != UNZ_OK) return damaged();
  own.left = info.uncompressed_size;
  own.buffer.resize(limits::kArchiveChunkBytes);
  return {};
}

Result<std::string_view> ZipReader::read() {
  Impl& own = *impl_;
  if (!own.entered) return std::string_view();
  const int count = unzReadCurrentFile(own.file, own.buffer.data(), static_cast<unsigned>(own.buffer.size()));
  if (count < 0) return damaged();
  own.decompressed += static_cast<uint64_t>(count);
  if (static_cast<uint64_t>(count) > own.left || (count == 0 && own.left > 0)) return damaged();  // minizip checks sums of whole entries only
  own.left -= static_cast<uint64_t>(count);
  if (own.decompressed > limits::kArchiveTextBytes) return Error{ErrorCode::kTooLarge, "The ZIP archive holds too much text.", ""};
  if (count > 0) return std::string_view(own.buffer.data(), static_cast<size_t>(count));
  own.entered = false;
  if (unzCloseCurrentFile(own.file) != UNZ_OK) return damaged();  // the checksum
  return std::string_view();
}

struct ZipWriter::Impl {
  Window window;
  zlib_filefunc64_def calls{};
  zipFile file = nullptr;
  bool entry_open = false;
};

ZipWriter::ZipWriter() : impl_(std::make_unique<Impl>()) {
  impl_->calls = {open_memory, no_read, write_window, tell_window, seek_window, close_memory, no_error, &impl_->window};
  impl_->file = zipOpen2_64("", APPEND_STATUS_CREATE, nullptr, &impl_->calls);
}

ZipWriter::~ZipWriter() {
  if (impl_->file) zipClose(impl_->file, nullptr);
}

Result<void> ZipWriter::open_entry(const std::string& name, int64_t modified_ms) {
  zip_fileinfo info{};
  info.tmz_date = zip_time(modified_ms);
  if (!impl_->file || zipOpenNewFileInZip64(impl_->file, name.c_str(), &info, nullptr, 0, nullptr, 0, nullptr, Z_DEFLATED, 6, 0) != ZIP_OK) return cannot_write();
  impl_->entry_open = true;
  return {};
}

Result<void> ZipWriter::write(std::string_view bytes) {
  if (zipWriteInFileInZip(impl_->file, bytes.data(), static_cast<unsigned>(bytes.size())) != ZIP_OK) return cannot_write();
  return {};
}

Result<void> ZipWriter::close_entry() {
  impl_->entry_open = false;
  if (zipCloseFileInZip(impl_->file) != ZIP_OK) return cannot_write();
  return {};
}

Result<void> ZipWriter::finish() {
  const int closed = zipClose(impl_->file, nullptr);
  impl_->file = nullptr;
  if (closed != ZIP_OK) return cannot_write();
  return {};
}

// An open entry's head is written again when its sizes are known, so it stays.
std::string ZipWriter::take() {
  if (impl_->entry_open) return {};
  Window& window = impl_->window;
  window.base += window.bytes.size();
  return std::exchange(window.bytes, {});
}

}  // namespace whinchat::chat

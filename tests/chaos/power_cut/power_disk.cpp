#include "chaos/power_cut/power_disk.hpp"

#include <algorithm>
#include <fstream>

namespace messo::test {
namespace {

namespace fs = std::filesystem;

std::uint64_t size_of(const fs::path& path) {
  std::error_code missing;
  const auto size = fs::file_size(path, missing);
  return missing ? 0 : size;
}

std::string read_at(const fs::path& path, std::uint64_t offset, std::uint64_t length) {
  std::ifstream in(path, std::ios::binary);
  in.seekg(static_cast<std::streamoff>(offset));
  std::string out(length, '\0');
  in.read(out.data(), static_cast<std::streamsize>(length));
  out.resize(static_cast<std::size_t>(in.gcount()));
  return out;
}

void write_at(const fs::path& path, std::uint64_t offset, const std::string& bytes) {
  std::fstream out(path, std::ios::binary | std::ios::in | std::ios::out);
  out.seekp(static_cast<std::streamoff>(offset));
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

}  // namespace

PowerDisk& PowerDisk::instance() {
  static PowerDisk disk;
  return disk;
}

void PowerDisk::mount(const fs::path& folder, unsigned seed) {
  const std::scoped_lock hold(mutex_);
  root_ = folder;
  attic_ = folder.string() + ".attic";
  fs::create_directories(attic_);
  files_.clear();
  names_.clear();
  left_ = ~0ULL;
  cut_ = lying_ = false;
  fail_per_mille_ = 0;
  random_.seed(seed);
  figures_ = {};
}

void PowerDisk::unmount() {
  const std::scoped_lock hold(mutex_);
  std::error_code ignored;
  fs::remove_all(attic_, ignored);
  root_.clear();
}

bool PowerDisk::holds(const fs::path& path) const {
  const std::scoped_lock hold(mutex_);
  return !root_.empty() && (path == root_ || path.native().starts_with(root_.native() + "/"));
}

void PowerDisk::cut_after(std::uint64_t operations) {
  const std::scoped_lock hold(mutex_);
  left_ = operations;
}

bool PowerDisk::is_cut() const {
  const std::scoped_lock hold(mutex_);
  return cut_;
}

void PowerDisk::fail_per_mille(unsigned chance) {
  const std::scoped_lock hold(mutex_);
  fail_per_mille_ = chance;
}

void PowerDisk::ignore_syncs(bool yes) {
  const std::scoped_lock hold(mutex_);
  lying_ = yes;
}

PowerDisk::Figures PowerDisk::figures() const {
  const std::scoped_lock hold(mutex_);
  return figures_;
}

bool PowerDisk::step() {
  if (cut_) return false;
  ++figures_.operations;
  if (left_ == 0) {
    cut_ = true;
    ++figures_.cuts;
    return false;
  }
  if (left_ != ~0ULL) --left_;
  if (fail_per_mille_ == 0 || random(1000) >= fail_per_mille_) return true;
  ++figures_.failures;
  return false;
}

PowerDisk::File& PowerDisk::file_of(const fs::path& path) {
  const auto [at, fresh] = files_.try_emplace(path);
  if (fresh) at->second.durable_size = size_of(path);
  return at->second;
}

// Keeps what the sectors of [from, to) hold on the platter, where that is not known yet.
void PowerDisk::remember(File& file, const fs::path& path, std::uint64_t from, std::uint64_t to) {
  for (std::uint64_t sector = from / kSector; sector * kSector < to; ++sector) {
    if (file.unsynced.contains(sector)) continue;
    if (auto given_up = file.dropped.extract(sector)) {
      file.unsynced.insert(std::move(given_up));
      continue;
    }
    const std::uint64_t begin = sector * kSector, end = std::min(begin + kSector, file.durable_size);
    file.unsynced.emplace(sector, begin < end ? read_at(path, begin, end - begin) : std::string());
  }
}

bool PowerDisk::write(const fs::path& path, std::uint64_t offset, std::uint64_t length, const std::function<void()>& really) {
  const std::scoped_lock hold(mutex_);
  if (!step()) return false;
  File& file = file_of(path);
  remember(file, path, std::min(offset, size_of(path)), offset + length);
  really();
  return true;
}

bool PowerDisk::truncate(const fs::path& path, std::uint64_t size, const std::function<void()>& really) {
  const std::scoped_lock hold(mutex_);
  if (!step()) return false;
  File& file = file_of(path);
  const auto before = size_of(path);
  remember(file, path, std::min(size, before), std::max(size, before));
  really();
  return true;
}

bool PowerDisk::sync(const fs::path& path) {
  std::uint64_t told = failed_syncs(path);
  return sync(path, told);
}

std::uint64_t PowerDisk::failed_syncs(const fs::path& path) {
  const std::scoped_lock hold(mutex_);
  return file_of(path).failed_syncs;
}

bool PowerDisk::sync(const fs::path& path, std::uint64_t& told) {
  const std::scoped_lock hold(mutex_);
  const bool fine = step();
  if (cut_) return false;
  File& file = file_of(path);
  if (!fine) {
    ++file.failed_syncs;
    file.dropped.merge(file.unsynced);
    file.unsynced.clear();
  } else if (!lying_) {
    file.unsynced.clear();
    file.durable_size = size_of(path);
  }
  return std::exchange(told, file.failed_syncs) == file.failed_syncs;
}

bool PowerDisk::sync_folder(const fs::path& folder) {
  const std::scoped_lock hold(mutex_);
  if (!step()) return false;
  if (!lying_) names_.erase(folder);
  return true;
}

fs::path PowerDisk::keep(const fs::path& path) {
  if (!fs::exists(path)) return {};
  const auto kept = attic_ / std::to_string(next_name_);
  fs::create_hard_link(path, kept);
  return kept;
}

bool PowerDisk::created(const fs::path& path, const std::function<bool()>& really) {
  const std::scoped_lock hold(mutex_);
  if (!step()) return false;
  if (!really()) return true;  // the caller tells why
  files_.erase(path);
  names_[path.parent_path()].push_back({Name::Kind::create, path, {}, {}, next_name_++});
  return true;
}

bool PowerDisk::renamed(const fs::path& from, const fs::path& to) {
  const std::scoped_lock hold(mutex_);
  if (!step()) return false;
  const auto kept = keep(to);
  fs::rename(from, to);
  names_[to.parent_path()].push_back({Name::Kind::rename, to, from, kept, next_name_++});
  if (auto moved = files_.extract(from)) {
    files_.erase(to);
    moved.key() = to;
    files_.insert(std::move(moved));
  }
  return true;
}

bool PowerDisk::removed(const fs::path& path) {
  const std::scoped_lock hold(mutex_);
  if (!step()) return false;
  const auto kept = keep(path);
  if (!fs::remove(path)) return true;
  names_[path.parent_path()].push_back({Name::Kind::remove, path, {}, kept, next_name_++});
  return true;
}

// Which sectors survived: none, all, each by chance, or the first ones and a torn one.
void PowerDisk::settle_contents(const fs::path& path, File& file) {
  if (!fs::exists(path)) return;
  Sectors old = std::move(file.dropped);
  const unsigned way = random(4), share = random(100);
  const auto first_lost = file.unsynced.empty() ? 0 : random(static_cast<unsigned>(file.unsynced.size()));
  unsigned position = 0;
  for (auto& [sector, before] : file.unsynced) {
    const bool survives = way == 1 || (way == 2 && random(100) < share) || (way == 3 && position < first_lost);
    if (way == 3 && position == first_lost) {
      std::string now = read_at(path, sector * kSector, kSector);
      before.resize(std::max(before.size(), now.size()), '\0');
      const std::size_t torn = std::min<std::size_t>(1 + random(kSector - 1), now.size());
      before.replace(0, torn, now, 0, torn);
      ++figures_.sectors_torn;
    }
    if (!survives) old.insert_or_assign(sector, before);
    ++position;
  }
  const auto size_now = size_of(path);
  const auto size = old.empty() || way == 1 ? size_now : (way == 0 || random(2) == 0 ? file.durable_size : size_now);
  for (auto& [sector, before] : old) {
    before.resize(kSector, '\0');  // what never had anything written to it reads as zeros
    if (sector * kSector < size) write_at(path, sector * kSector, before);
    ++figures_.sectors_dropped;
  }
  fs::resize_file(path, size);
}

void PowerDisk::undo(const Name& name) {
  ++figures_.names_undone;
  std::error_code ignored;
  switch (name.kind) {
    case Name::Kind::create: fs::remove_all(name.path, ignored); break;
    case Name::Kind::rename: fs::rename(name.path, name.other, ignored); [[fallthrough]];
    case Name::Kind::remove:
      if (!name.kept.empty()) fs::rename(name.kept, name.path, ignored);
  }
}

void PowerDisk::power_on() {
  const std::scoped_lock hold(mutex_);
  for (auto& [path, file] : files_) settle_contents(path, file);
  std::vector<Name> lost;
  for (auto& [folder, changes] : names_) {
    const auto survive = static_cast<std::ptrdiff_t>(random(static_cast<unsigned>(changes.size()) + 1));
    lost.insert(lost.end(), changes.begin() + survive, changes.end());
  }
  std::ranges::sort(lost, std::greater{}, &Name::number);
  for (const Name& name : lost) undo(name);
  files_.clear();
  names_.clear();
  for (const auto& kept : fs::directory_iterator(attic_)) fs::remove(kept.path());
  cut_ = false;
  left_ = ~0ULL;
}

}  // namespace messo::test

// Metrics that are made when they are asked for, from what the broker knows anyway.
#pragma once

#include <prometheus/metric_family.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace resource_broker::broker {

// Label names with their values.
using MetricLabels = std::vector<std::pair<std::string, std::string>>;

// Families with their values, in the order they come. Not thread-safe.
class MetricPage {
 public:
  // The values that follow are of this one.
  void Gauge(const char* name, const char* help) { Family(name, help, prometheus::MetricType::Gauge); }
  void Counter(const char* name, const char* help) { Family(name, help, prometheus::MetricType::Counter); }

  void Value(double value, const MetricLabels& labels = {}) {
    prometheus::ClientMetric metric;
    for (const auto& [name, text] : labels) metric.label.push_back({name, text});
    if (families_.back().type == prometheus::MetricType::Gauge) {
      metric.gauge.value = value;
    } else {
      metric.counter.value = value;
    }
    families_.back().metric.push_back(std::move(metric));
  }

  std::vector<prometheus::MetricFamily> Take() { return std::move(families_); }

 private:
  void Family(const char* name, const char* help, prometheus::MetricType type) {
    prometheus::MetricFamily& family = families_.emplace_back();
    family.name = name;
    family.help = help;
    family.type = type;
  }

  std::vector<prometheus::MetricFamily> families_;
};

}  // namespace resource_broker::broker
